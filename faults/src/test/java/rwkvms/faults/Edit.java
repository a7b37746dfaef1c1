package rwkvms.faults;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A text that occurs once in a C++ source or header of {@code native/src/main/cpp}, and what replaces it. */
record Edit(@JsonProperty(required = true) String file, @JsonProperty(required = true) String find,
        @JsonProperty(required = true) String replace) {
    /** The source with the edit made; {@link IllegalStateException} unless the text is there once and changes. */
    String in(String source, String fault) {
        int first = source.indexOf(find);
        if (first < 0 || find.isEmpty()) {
            throw new IllegalStateException(
                    "fault " + fault + ": " + file + ": expected the text to find once, found it nowhere: " + find);
        }
        if (source.indexOf(find, first + 1) >= 0) {
            throw new IllegalStateException("fault " + fault + ": " + file
                    + ": expected the text to find once, found it more than once: " + find);
        }
        if (replace.equals(find)) {
            throw new IllegalStateException(
                    "fault " + fault + ": " + file + ": expected a change, found none: " + find);
        }
        return source.substring(0, first) + replace + source.substring(first + find.length());
    }
}
