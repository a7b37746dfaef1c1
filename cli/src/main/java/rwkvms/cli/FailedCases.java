package rwkvms.cli;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import rwkvms.diagnosis.Grain;
import rwkvms.golden.CheckResult;
import rwkvms.report.CheckReport;
import rwkvms.report.Entry;
import rwkvms.report.Verdict;

/** Failed cases of one runtime that differ first in the same tensor, and have nothing else to say; the finest first. */
record FailedCases(List<Entry> entries) {
    /** All failed cases of a check in such groups. */
    static List<FailedCases> of(Verdict verdict) {
        Map<String, List<Entry>> groups = verdict.entries().stream()
                .filter(entry -> entry.failed() && entry.details() instanceof CheckReport)
                .sorted(Comparator.comparing(FailedCases::result, Grain.FINEST_FIRST))
                .collect(Collectors.groupingBy(FailedCases::key, LinkedHashMap::new, Collectors.toList()));
        return groups.values().stream().map(FailedCases::new).toList();
    }

    private static CheckResult result(Entry entry) {
        return ((CheckReport) entry.details()).result();
    }

    /** A case with an error of its own stands alone. */
    private static String key(Entry entry) {
        CheckResult result = result(entry);
        return result.runtime() + result.firstDivergence().filter(any -> result.errors().isEmpty())
                .map(first -> first.stage() + " " + first.tensor()).orElse(entry.name());
    }

    List<CheckResult> results() {
        return entries.stream().map(FailedCases::result).toList();
    }

    /** The names of all but the first, each with the token where it differs first. */
    List<String> others() {
        return results().stream().skip(1).map(result -> result.caseName() + result.firstDivergence()
                .filter(first -> first.token() >= 0).map(first -> " (token " + first.token() + ")").orElse(""))
                .toList();
    }

    /** How to repeat one of the others: one line if the commands differ in the name alone. */
    List<String> commands() {
        List<String> commands = entries.stream().skip(1).map(entry -> entry.reproduce()
                .replace(result(entry).caseName(), "NAME")).distinct().toList();
        return commands.size() == 1 && commands.getFirst().contains("NAME")
                ? List.of("reproduce one: " + commands.getFirst())
                : entries.stream().skip(1).map(entry -> "reproduce: " + entry.reproduce()).toList();
    }
}
