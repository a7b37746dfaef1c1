package rwkvms.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rwkvms.comparison.Divergence;

/**
 * Failures that say the same of different cases: they differ first in the same tensor on the same runtime, or their messages differ
 * only in numbers.
 *
 * @param what    they have in common; empty if it is one failure
 * @param entries the one to read first, then the others in the order of the run
 */
record FailureGroup(String what, List<Entry> entries) {
    FailureGroup {
        entries = List.copyOf(entries);
    }

    Entry first() {
        return entries.getFirst();
    }

    /** Groups, those that differ furthest up in the dataflow first: what differs later may only follow. */
    static List<FailureGroup> of(List<Entry> failed) {
        Map<String, List<Entry>> groups = new LinkedHashMap<>();
        failed.forEach(entry -> groups.computeIfAbsent(key(entry), each -> new ArrayList<>()).add(entry));
        return groups.values().stream().map(FailureGroup::group)
                .sorted(Comparator.comparing(group -> divergence(group.first()).map(Divergence::tensor)
                        .map(Enum::ordinal).orElse(Integer.MAX_VALUE)))
                .toList();
    }

    private static FailureGroup group(List<Entry> entries) {
        entries.sort(Comparator.comparing(entry -> divergence(entry).map(Divergence::token).orElse(0)));
        String what = entries.size() == 1 ? "" : common(entries);
        return new FailureGroup(what, entries);
    }

    private static String common(List<Entry> entries) {
        return divergence(entries.getFirst()).map(first -> entries.size() + " cases on " + runtime(entries.getFirst())
                + " differ first in " + first.stage().label() + ", " + first.tensor().label())
                .orElse(entries.size() + " say the same but for numbers");
    }

    private static String key(Entry entry) {
        return divergence(entry).map(first -> runtime(entry) + " " + first.tensor().label())
                .orElseGet(
                        () -> entry.message().replace(entry.name(), "").replaceAll("[0-9.]+(?:[eE][+-]?[0-9]+)?", "#"));
    }

    private static Optional<Divergence> divergence(Entry entry) {
        return entry.details() instanceof CheckReport report ? report.result().firstDivergence() : Optional.empty();
    }

    private static String runtime(Entry entry) {
        return entry.details() instanceof CheckReport report ? report.result().runtime() : "";
    }
}
