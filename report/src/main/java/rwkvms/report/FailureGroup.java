package rwkvms.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import rwkvms.comparison.Divergence;
import rwkvms.diagnosis.Grain;
import rwkvms.golden.CheckResult;

/**
 * Failures that say the same of different cases: they differ first in the same tensor on the same runtime, or their messages differ
 * only in numbers.
 *
 * @param what    they have in common; empty if it is one failure
 * @param entries the finest first, then as they were run
 */
record FailureGroup(String what, List<Entry> entries) {
    FailureGroup {
        entries = List.copyOf(entries);
    }

    Entry first() {
        return entries.getFirst();
    }

    /** The order of entries that name a place where they differ; those that do not come behind them, as they were run. */
    private static final Comparator<Entry> FINEST_FIRST = FailureGroup::compare;

    /** Groups, those that differ furthest up in the dataflow first: what differs later may only follow. */
    static List<FailureGroup> of(List<Entry> failed) {
        Map<String, List<Entry>> groups = new LinkedHashMap<>();
        failed.forEach(entry -> groups.computeIfAbsent(key(entry), each -> new ArrayList<>()).add(entry));
        return groups.values().stream().map(FailureGroup::group)
                .sorted(Comparator.comparing(FailureGroup::first, FINEST_FIRST))
                .toList();
    }

    private static FailureGroup group(List<Entry> entries) {
        entries.sort(FINEST_FIRST);
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
                        () -> entry.message().replace(entry.name(), "").replaceAll("-?[0-9.]+(?:[eE][+-]?[0-9]+)?",
                                "#"));
    }

    /** The names of all but the first; empty if there are none. */
    String others() {
        return entries.stream().skip(1).map(Entry::name).collect(Collectors.joining(", "));
    }

    /** Adds an object for each group of cases that differ first in one tensor of a runtime. */
    static void write(ArrayNode json, List<Entry> failed) {
        for (FailureGroup group : of(failed)) {
            divergence(group.first()).ifPresent(first -> {
                ArrayNode cases = json.addObject().put("runtime", runtime(group.first()))
                        .put("stage", first.stage().label()).put("tensor", first.tensor().label()).putArray("cases");
                group.entries().forEach(entry -> cases.add(caseName(entry)));
            });
        }
    }

    private static Optional<Divergence> divergence(Entry entry) {
        return result(entry).flatMap(CheckResult::firstDivergence);
    }

    private static String runtime(Entry entry) {
        return result(entry).map(CheckResult::runtime).orElse("");
    }

    private static String caseName(Entry entry) {
        return result(entry).map(CheckResult::caseName).orElse(entry.name());
    }

    private static Optional<CheckResult> result(Entry entry) {
        return entry.details() instanceof CheckReport report ? Optional.of(report.result()) : Optional.empty();
    }

    private static int compare(Entry one, Entry other) {
        Optional<CheckResult> result = result(one);
        Optional<CheckResult> others = result(other);
        return result.isEmpty() || others.isEmpty()
                ? Boolean.compare(result.isEmpty(), others.isEmpty())
                : Grain.FINEST_FIRST.compare(result.get(), others.get());
    }
}
