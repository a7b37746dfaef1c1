package rwkvms.live.preflight;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A config.ini as llama.cpp v0.5.0 reads it: sections of entries, sorted by key, which is the order in which they are
 * applied.
 *
 * <p>A key is at the very beginning of its line and has no leading hyphen; a comment begins at any {@code ;} or
 * {@code #}, even in a value. A section that begins again replaces the earlier one. If a key is given twice, the last
 * line counts.
 */
final class IniFile {
    /** The section of what comes before the first header. */
    static final String DEFAULT = "default";

    private static final Pattern LINE_END = Pattern.compile("\r\n|\n|\r");
    private static final Pattern EMPTY = Pattern.compile("[ \t]*([;#].*)?", Pattern.DOTALL);
    private static final Pattern HEADER = Pattern.compile("\\[[ \t]*+([^\\]]+)\\][ \t]*([;#].*)?", Pattern.DOTALL);
    private static final Pattern ENTRY = Pattern.compile(
            "([a-zA-Z_][a-zA-Z0-9_.-]*)[ \t]*=[ \t]*([^;#]*?)[ \t]*([;#].*)?",
            Pattern.DOTALL);

    private final Map<String, Map<String, Entry>> sections = new HashMap<>();

    /** One line {@code key = value}, counted from one. */
    record Entry(int line, String key, String value) {
    }

    /** A line for which llama.cpp refuses the whole file. */
    static final class MalformedLineException extends Exception {
        private static final long serialVersionUID = 1;
        private final int line;

        MalformedLineException(int line, String text) {
            super(text);
            this.line = line;
        }

        int line() {
            return line;
        }
    }

    private IniFile() {
    }

    static IniFile of(String text) throws MalformedLineException {
        IniFile file = new IniFile();
        String[] lines = LINE_END.split(text, -1);
        Map<String, Entry> section = file.begin(DEFAULT);
        for (int i = 0; i < lines.length; i++) {
            Matcher entry = ENTRY.matcher(lines[i]);
            Matcher header = HEADER.matcher(lines[i]);
            if (entry.matches()) {
                section.put(entry.group(1), new Entry(i + 1, entry.group(1), entry.group(2)));
            } else if (header.matches()) {
                section = file.begin(header.group(1));
            } else if (!EMPTY.matcher(lines[i]).matches()) {
                throw new MalformedLineException(i + 1, lines[i]);
            }
        }
        return file;
    }

    private Map<String, Entry> begin(String section) {
        Map<String, Entry> entries = new TreeMap<>();
        sections.put(section, entries);
        return entries;
    }

    /** The entries of a section, by key. */
    Iterable<Entry> section(String name) {
        return sections.getOrDefault(name, Map.of()).values();
    }
}
