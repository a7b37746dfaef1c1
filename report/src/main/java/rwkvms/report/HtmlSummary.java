package rwkvms.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CheckResult;

/**
 * A verdict as one HTML page that opens from disk and prints: what was judged and how near it came to its limits, what failed and
 * what was not evaluated, then details, then what it was made from.
 */
final class HtmlSummary {
    /** Details with plots take up to 100 KB each; nobody reads more of them. */
    static final int MAX_DETAILED = 20;
    /** Failures in the same tensor look alike. */
    static final int MAX_ALIKE = 3;

    private static final String STYLE = """
            body{font:14px/1.4 sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#111;background:#fff}
            h1{font-size:1.6em}h2{font-size:1.2em;margin-top:1.6em}
            table{border-collapse:collapse;margin:.5em 0}
            th,td{padding:2px 8px;text-align:left;vertical-align:top;border-bottom:1px solid #ddd;font-weight:normal}
            thead th{font-weight:bold;border-bottom:2px solid #888}
            td{white-space:pre-line}th,td{overflow-wrap:break-word}code,pre{overflow-wrap:anywhere}
            pre{white-space:pre-wrap;margin:0}
            .FAILED,.NOT_JUDGED{color:#a00;font-weight:bold}.NOT_EVALUATED{color:#850}.PASSED{color:#060}
            @media print{body{margin:0;font-size:10px}h2{break-after:avoid}tr{break-inside:avoid}}
            """;

    /** The key of a hash of something that was judged. */
    private static final Pattern LIBRARY = Pattern
            .compile("sha256 .*(library|program|executable|\\.so|\\.dylib|\\.dll).*");

    private final Verdict verdict;
    private final StringBuilder html = new StringBuilder();

    private HtmlSummary(Verdict verdict) {
        this.verdict = verdict;
    }

    /** Returns the page. */
    static String of(Verdict verdict) {
        return new HtmlSummary(verdict).page();
    }

    private String page() {
        String suite = CheckReport.escape(verdict.suite());
        html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>").append(suite)
                .append(": ").append(verdict.state().word()).append("</title><style>\n").append(STYLE)
                .append("</style></head><body>\n<h1>").append(suite).append(": <span class=\"").append(verdict.state())
                .append("\">").append(verdict.state().word()).append("</span></h1>\n<p>").append(counts())
                .append("</p>\n").append(facts()).append(verdict.details().html());
        List<FailureGroup> groups = FailureGroup.of(verdict.failed());
        appendFailures(groups);
        appendObstacles();
        appendNotEvaluated();
        appendPassed();
        appendDetails(groups);
        HtmlTable provenance = HtmlTable.ofPairs();
        verdict.provenance().entries().forEach(provenance::row);
        return html.append("<h2>Made from, and on</h2>\n").append(provenance).append("</body></html>\n").toString();
    }

    private String counts() {
        List<TestCase> tests = verdict.cases();
        return Stream.of(TestCase.Status.values()).map(status -> TestCase.count(tests, status) + " " + status.words())
                .collect(Collectors.joining(", "));
    }

    /** What a reader asks first: how much was judged, how near it came, by which tolerance, when, and with which library. */
    private String facts() {
        HtmlTable facts = HtmlTable.ofPairs();
        if (verdict.details() instanceof CheckDetails check) {
            facts.row("compared", check.compared() + " of " + check.expected() + " tensors, " + check.valuesJudged()
                    + ", on " + String.join(" and ", check.runtimes()));
            check.worstShown().ifPresent(worst -> facts.row("largest difference",
                    CheckReport.number(worst.maxAbsDiff()) + " (" + worst.tensor().label() + ")"));
            nearest(check.results().stream().filter(CheckResult::ok).toList())
                    .ifPresent(nearest -> facts.row("headroom of what passed", nearest));
            facts.row("tolerance", tolerance(check));
            long doubtful = check.mistrusted().stream().filter(CheckResult::ok).count();
            facts.row("mistrusted", doubtful == 0 ? "none" : doubtful + " that passed say little, see below");
        }
        verdict.provenance().entries().forEach((name, value) -> {
            if (name.equals("date") || name.equals("commit") || LIBRARY.matcher(name).matches()) {
                facts.row(name, value);
            }
        });
        if (!verdict.reproduce().isEmpty()) {
            facts.row("again", verdict.reproduce());
        }
        return facts.toString();
    }

    private static String tolerance(CheckDetails check) {
        return check.tolerance().atol() + " + " + check.tolerance().rtol() + "\u00b7|x|";
    }

    private static Optional<String> nearest(List<CheckResult> passed) {
        return passed.stream().filter(result -> !result.comparisons().isEmpty())
                .max(Comparator.comparingDouble(CheckResult::maxRatio))
                .map(result -> headroom(result) + " left where it is least: " + nearest(result).tensor().label()
                        + " of "
                        + result.caseName() + " on " + result.runtime());
    }

    private static TensorComparison nearest(CheckResult result) {
        return Collections.max(result.comparisons(), Comparator.comparingDouble(TensorComparison::maxRatio));
    }

    /** The share of the tolerance that the nearest value left. */
    private static String headroom(CheckResult result) {
        return CheckReport.percent(1 - result.maxRatio());
    }

    private void appendFailures(List<FailureGroup> groups) {
        if (groups.isEmpty()) {
            return;
        }
        HtmlTable table = HtmlTable.of(List.of("what failed", "the first of them, and the others"));
        for (FailureGroup group : groups) {
            Entry first = group.first();
            table.row("", group.what().isEmpty() ? first.name() : group.what() + ", such as " + first.name(),
                    List.of(TestCase.of(first).message() + others(group)));
        }
        html.append("<h2>Failed: ").append(verdict.failed().size()).append("</h2>\n").append(table);
    }

    private static String others(FailureGroup group) {
        return group.entries().size() == 1 ? "" : "\nthe others: " + group.others();
    }

    private void appendObstacles() {
        if (!verdict.errors().isEmpty()) {
            HtmlTable table = HtmlTable.of(List.of("what could not be judged", "why"));
            verdict.errors().forEach(error -> table.row(error.name(), error.message()));
            html.append("<h2>Not judged: ").append(verdict.errors().size()).append("</h2>\n").append(table);
        }
    }

    private void appendNotEvaluated() {
        List<Entry> missed = verdict.notEvaluated();
        if (missed.isEmpty()) {
            return;
        }
        Map<String, List<String>> byReason = missed.stream().collect(Collectors.groupingBy(Entry::message,
                LinkedHashMap::new, Collectors.mapping(Entry::name, Collectors.toList())));
        HtmlTable table = HtmlTable.of(List.of("reason", "what was not evaluated"));
        byReason.forEach((reason, names) -> table.row(reason, String.join(", ", names)));
        html.append("<h2>Not evaluated: ").append(missed.size()).append("</h2>\n").append(table);
    }

    private void appendPassed() {
        List<Entry> passed = verdict.passed();
        List<Entry> cases = passed.stream().filter(entry -> entry.details() instanceof CheckReport).toList();
        List<Entry> others = passed.stream().filter(entry -> !(entry.details() instanceof CheckReport)).toList();
        if (!passed.isEmpty()) {
            html.append("<h2>Passed: ").append(passed.size()).append("</h2>\n");
        }
        if (!cases.isEmpty()) {
            HtmlTable table = HtmlTable
                    .of(List.of("case", "largest difference", "in", "nearest to its limit", "headroom",
                            "tensors", "values", "mistrusted"));
            for (Entry entry : cases) {
                if (entry.details() instanceof CheckReport report) {
                    table.row("", entry.name(), cells(report.result()));
                }
            }
            html.append(table);
        }
        if (!others.isEmpty()) {
            HtmlTable table = HtmlTable.of(List.of("what", "measured"));
            others.forEach(entry -> table.row(entry.name(), entry.text()));
            html.append(table);
        }
        appendMistrusted(passed);
    }

    private void appendMistrusted(List<Entry> passed) {
        HtmlTable table = HtmlTable.of(List.of("passed, and says little", "why"));
        boolean any = false;
        for (Entry entry : passed) {
            if (!entry.mistrusted().isEmpty()) {
                table.row(entry.name(), String.join("; ", entry.mistrusted()));
                any = true;
            }
        }
        html.append(any ? table : "");
    }

    private static List<String> cells(CheckResult result) {
        return List.of(CheckReport.number(result.maxAbsDiff()),
                result.worst().map(worst -> worst.tensor().label()).orElse(""), nearest(result).tensor().label(),
                headroom(result), String.valueOf(result.comparisons().size()), String.valueOf(result.values()),
                result.mistrusted().isEmpty() ? "" : "yes, below");
    }

    /** The first of each group, then some that are like it, as far as there is room; what is left out is counted. */
    private void appendDetails(List<FailureGroup> groups) {
        List<Entry> failed = new ArrayList<>(groups.stream().map(FailureGroup::first).toList());
        groups.forEach(group -> failed.addAll(group.entries().stream().skip(1).limit(MAX_ALIKE - 1).toList()));
        boolean alone = verdict.entries().size() == 1;
        Stream<Entry> others = verdict.entries().stream()
                .filter(entry -> !entry.failed() && (!entry.details().isLong() || alone));
        Stream<Entry> alike = groups.stream().flatMap(group -> group.entries().stream().skip(MAX_ALIKE));
        List<Entry> all = Stream.concat(failed.stream(), others).filter(HtmlSummary::hasDetails).toList();
        all.stream().limit(MAX_DETAILED).forEach(entry -> html.append("<h2>")
                .append(CheckReport.escape(entry.name())).append("</h2>\n").append(entry.details().html())
                .append('\n'));
        List<String> left = Stream.concat(all.stream().skip(MAX_DETAILED), alike.filter(HtmlSummary::hasDetails))
                .map(Entry::name).toList();
        if (!left.isEmpty()) {
            html.append("<p>Details of ").append(left.size())
                    .append(" more are left out here; verdict.json has all of them: ")
                    .append(CheckReport.escape(String.join(", ", left))).append("</p>\n");
        }
    }

    private static boolean hasDetails(Entry entry) {
        return !entry.details().html().isEmpty();
    }
}
