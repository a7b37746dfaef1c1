package rwkvms.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import rwkvms.report.Entry;

/**
 * The checks of a probe that were not evaluated for one reason. Reasons that differ only in the sidecar's file, of which each case has its
 * own, are one: {@code *.gguf} stands for it.
 */
record MissedChecks(String reason, List<Entry> entries) {
    private static final Pattern SIDECAR = Pattern.compile("\\S*\\.gguf\\b");
    private static final String ANY_SIDECAR = "*.gguf";
    private static final String PART_END = ": ";
    /** Columns of a line, so that hundreds of names can be read. */
    private static final int WIDTH = 120;

    /** Returns the groups, in the order of their first checks. */
    static List<MissedChecks> of(List<Entry> notEvaluated) {
        Map<String, List<Entry>> groups = new LinkedHashMap<>();
        for (Entry entry : notEvaluated) {
            groups.computeIfAbsent(SIDECAR.matcher(entry.message()).replaceAll(ANY_SIDECAR), any -> new ArrayList<>())
                    .add(entry);
        }
        return groups.entrySet().stream().map(group -> new MissedChecks(shown(group), group.getValue())).toList();
    }

    /** Returns the reason as the checks have it, if all have the same. */
    private static String shown(Map.Entry<String, List<Entry>> group) {
        List<String> reasons = group.getValue().stream().map(Entry::message).distinct().toList();
        return reasons.size() == 1 ? reasons.getFirst() : group.getKey();
    }

    /** Returns the names, in lines that begin with the part of the probe. */
    List<String> lines() {
        Map<String, List<String>> parts = new LinkedHashMap<>();
        for (Entry entry : entries) {
            int end = entry.name().indexOf(PART_END) + PART_END.length();
            parts.computeIfAbsent(entry.name().substring(0, end), any -> new ArrayList<>())
                    .add(entry.name().substring(end));
        }
        List<String> lines = new ArrayList<>();
        parts.forEach((part, names) -> lines.addAll(wrapped(part, names)));
        return lines;
    }

    private static List<String> wrapped(String part, List<String> names) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(part);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i) + (i + 1 < names.size() ? "; " : "");
            if (line.length() + name.strip().length() > WIDTH && line.length() > part.length()) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(part.length()));
            }
            line.append(name);
        }
        lines.add(line.toString());
        return lines;
    }
}
