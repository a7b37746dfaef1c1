package rwkvms.report.drift;

import java.util.Collection;
import java.util.List;

/** Names in a sentence: the first ones, and how many more there are. */
final class Names {
    private static final int MAX_NAMED = 5;

    private Names() {
    }

    static String some(Collection<String> names) {
        List<String> first = names.stream().limit(MAX_NAMED).toList();
        return String.join(", ", first)
                + (names.size() > MAX_NAMED ? " and " + (names.size() - MAX_NAMED) + " more" : "");
    }

    /** Returns a number with its noun, such as {@code 1 case} or {@code 3 cases}. */
    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
