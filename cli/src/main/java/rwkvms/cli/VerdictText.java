package rwkvms.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import rwkvms.comparison.BadPoint;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.math.Stage;
import rwkvms.report.CheckDetails;
import rwkvms.report.CheckReport;
import rwkvms.report.DeviceTable;
import rwkvms.report.DiagnosisReport;
import rwkvms.report.Entry;
import rwkvms.report.Figures;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** Prints a verdict for people. */
final class VerdictText {
    private static final String INDENT = "            ";
    /** More names of cases are a number. */
    private static final int NAMES = 8;
    /** Of a paragraph. */
    private static final int WIDTH = 110;
    /** From this multiple of the tolerance on, only the magnitude matters. */
    private static final double MANY = 100;

    private final Verdict verdict;
    private final PrintWriter out;

    VerdictText(Verdict verdict, PrintWriter out) {
        this.verdict = verdict;
        this.out = out;
    }

    /** Prints what failed with its reasons and facts, then what was not evaluated. */
    void printProblems() {
        printFailed();
        printNotEvaluated();
    }

    /** Prints what failed with its reasons and facts, then what was not evaluated, each reason of several checks once. */
    void printProblems(int checks) {
        printFailed();
        for (MissedChecks missed : MissedChecks.of(verdict.notEvaluated())) {
            if (missed.entries().size() == 1) {
                print(missed.entries().getFirst());
                continue;
            }
            out.printf(Locale.ROOT, "%s  %d of %d checks: %s%n", Terminal.word(missed.entries().getFirst()),
                    missed.entries().size(), checks, missed.reason());
            missed.lines().forEach(line -> out.printf(Locale.ROOT, INDENT + "%s%n", line));
        }
    }

    private void printFailed() {
        for (Entry entry : verdict.failed()) {
            out.printf(Locale.ROOT, "%s  %s%n", Terminal.word(entry), entry.name());
            entry.reasons().forEach(reason -> out.printf(Locale.ROOT, INDENT + "%s%n", reason));
            entry.facts().forEach(fact -> out.printf(Locale.ROOT, INDENT + "%s%n", fact));
        }
    }

    private void printNotEvaluated() {
        verdict.notEvaluated().forEach(this::print);
    }

    /** Prints why a pass says little, one line per entry. */
    void printMistrusted() {
        verdict.passed().stream().filter(entry -> !entry.mistrusted().isEmpty())
                .forEach(entry -> out.printf(Locale.ROOT, "%s  %s: %s%n", Terminal.warning("mistrusted"), entry.name(),
                        String.join("; ", entry.mistrusted())));
    }

    private void print(Entry notEvaluated) {
        out.printf(Locale.ROOT, "%s  %s: %s%n", Terminal.word(notEvaluated), notEvaluated.name(),
                notEvaluated.message());
    }

    /** Prints the last line: the state, and numbers. */
    void printSummary(String numbers) {
        out.println(Terminal.word(verdict) + ": " + numbers);
    }

    /**
     * Prints what the failures have in common, then the failed cases, those with the same first divergence together, then one
     * line per other case, the tensors of a single case, and numbers.
     */
    void print(CheckDetails details) {
        DiagnosisReport.lines(details.diagnoses()).forEach(out::println);
        boolean inMicrobatches = details.cases().stream().anyMatch(each -> each.microbatch().isPresent());
        if (!inMicrobatches) {
            FailedCases.of(verdict).forEach(this::printTogether);
            for (Entry entry : verdict.entries()) {
                if (!entry.failed() && entry.details() instanceof CheckReport page) {
                    printResult(entry, page.result());
                }
            }
        }
        if (inMicrobatches) {
            details.deviceTable().ifPresent(this::printTable);
            printMissed(details.notEvaluated());
        } else {
            printNotEvaluated();
        }
        if (details.results().size() == 1) {
            printTensors(details.results().getFirst());
        }
        details.sections().forEach(section -> section.text().forEach(out::println));
        printSummary(numbers(details));
        if (!verdict.ok() && verdict.entries().size() != 1) {
            out.printf(Locale.ROOT, "reproduce: %s%n", verdict.reproduce());
        }
    }

    /** Prints one line per size of microbatch, and of each that does not hold where it fails first, and most at each stage. */
    private void printTable(DeviceTable table) {
        out.printf(Locale.ROOT, "%s: largest share of the tolerance by stage, over all cases%n", table.runtime());
        print(table.texts());
        for (DeviceTable.Row row : table.rows()) {
            row.first().ifPresent(first -> out.printf(Locale.ROOT, "at %d, first: %s%n", row.tokens(), first));
            row.cells().stream().filter(cell -> !cell.holds()).forEach(cell -> out.printf(Locale.ROOT,
                    INDENT + "%s: %s, %s%n", cell.stage().label(), percent(cell.maxOfLimit()), cell.where()));
            if (!row.holds()) {
                out.printf(Locale.ROOT, INDENT + "%d of %d cases: %s%n", row.failed().size(), row.cases(),
                        named(row.failed()));
            }
        }
        out.printf(Locale.ROOT, "%s: %s%n", table.runtime(), table.sizes());
    }

    private static String named(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(names.size(), NAMES)))
                + (names.size() > NAMES ? " and " + (names.size() - NAMES) + " more" : "");
    }

    /** Prints each reason once: it is the same at every size. */
    private void printMissed(List<CaseNotEvaluated> missed) {
        missed.stream().map(CaseNotEvaluated::reason).distinct().forEach(reason -> {
            List<String> runs = missed.stream().filter(each -> each.reason().equals(reason))
                    .map(CaseNotEvaluated::caseName).toList();
            out.printf(Locale.ROOT, "%s  %s%s: %s%n", Terminal.warning("not evaluated"), runs.getFirst(),
                    runs.size() > 1 ? " and " + (runs.size() - 1) + " more runs" : "", reason);
        });
    }

    /** Prints the first of some failures that differ first in the same tensor, then the names of the others. */
    private void printTogether(FailedCases together) {
        Entry shown = together.entries().getFirst();
        printResult(shown, together.results().getFirst());
        if (together.others().isEmpty()) {
            return;
        }
        out.printf(Locale.ROOT, INDENT + "the same first divergence in %d more:%n", together.others().size());
        out.println(Paragraph.of(String.join(", ", together.others()), WIDTH).indent(INDENT.length() + 2)
                .stripTrailing());
        together.commands().forEach(command -> out.printf(Locale.ROOT, INDENT + "%s%n", command));
    }

    /** Prints lines of texts in columns. */
    private void print(List<List<String>> lines) {
        List<String> formats = IntStream.range(0, lines.getFirst().size())
                .mapToObj(column -> "%-" + lines.stream().mapToInt(line -> line.get(column).length() + 2).max()
                        .orElseThrow() + "s")
                .toList();
        for (List<String> line : lines) {
            out.println(IntStream.range(0, line.size())
                    .mapToObj(column -> String.format(Locale.ROOT, formats.get(column), line.get(column)))
                    .collect(Collectors.joining()).strip());
        }
    }

    private void printResult(Entry entry, CheckResult result) {
        out.printf(Locale.ROOT, "%s  %-28s %-13s %13s%s%n", Terminal.word(entry), result.caseName(),
                result.runtime(), Figures.tensors(result, " tensors"),
                Figures.worst(result.comparisons().stream())
                        .map(worst -> String.format(Locale.ROOT, "  max abs diff %-8s %8s%s",
                                number(worst.maxAbsDiff()), percent(result.maxRatio()),
                                Double.isFinite(result.maxRatio()) ? " of tolerance" : " tolerance"))
                        .orElse(""));
        entry.facts().forEach(note -> out.printf(Locale.ROOT, INDENT + "note: %s%n", note));
        for (String reason : result.mistrusted()) {
            out.printf(Locale.ROOT, INDENT + "%s: %s%n", Terminal.warning("mistrusted"), reason);
        }
        for (String error : result.errors()) {
            out.printf(Locale.ROOT, INDENT + "%s: %s%n", Terminal.error("error"), error);
        }
        result.firstDivergence().ifPresent(first -> printDivergence(result, first));
        if (entry.outcome() instanceof Outcome.Failed) {
            out.printf(Locale.ROOT, INDENT + "reproduce: %s%n", entry.reproduce());
        }
    }

    private void printDivergence(CheckResult result, Divergence first) {
        out.printf(Locale.ROOT, INDENT + "first divergence: %s%n", first);
        List<TensorComparison> bad = result.comparisons().stream().filter(tensor -> !tensor.passed()).toList();
        for (TensorComparison tensor : bad) {
            if (tensor.tensor() == first.tensor()) {
                printBadPoints(tensor);
            }
        }
        if (bad.size() > 1) {
            out.printf(Locale.ROOT, INDENT + "%d tensors over tolerance: %s%n", bad.size(),
                    String.join(", ", bad.stream().map(tensor -> tensor.tensor().label()).toList()));
        }
    }

    private void printBadPoints(TensorComparison comparison) {
        out.printf(Locale.ROOT, INDENT + "%s: %d of %d values over tolerance, the first in file order:%n",
                comparison.tensor().label(), comparison.over(), comparison.elements());
        for (BadPoint point : comparison.bad()) {
            out.printf(Locale.ROOT, INDENT + "  %s expected %s, found %s, diff %s, limit %s%n", point.index(),
                    point.expected(), point.actual(), number(point.diff()), number(point.limit()));
        }
    }

    private void printTensors(CheckResult result) {
        out.printf(Locale.ROOT, "  %-13s %-22s %8s  %12s  %12s  %8s  %8s  %s%n", "stage", "tensor", "values",
                "max abs diff", "of tolerance", "max ULP", "over", "at");
        for (TensorComparison comparison : result.comparisons()) {
            out.printf(Locale.ROOT, "  %-13s %-22s %8d  %12s  %12s  %8d  %8d  %s%n",
                    comparison.tensor().stage().map(Stage::label).orElse(""),
                    comparison.tensor().label(), comparison.elements(), number(comparison.maxAbsDiff()),
                    percent(comparison.maxRatio()), comparison.maxUlp(), comparison.over(),
                    comparison.maxAbsIndex());
        }
    }

    private String numbers(CheckDetails details) {
        String worst = details.worstShown().map(tensor -> ", max abs diff " + number(tensor.maxAbsDiff()) + " ("
                + tensor.tensor().label() + ")").orElse("");
        int runs = details.results().size();
        String cases = runs > 1
                ? ", " + details.results().stream().filter(CheckResult::ok).count() + " of " + runs + " runs passed"
                : "";
        int mistrusted = details.mistrusted().size();
        long differ = details.results().stream().flatMap(result -> result.comparisons().stream())
                .filter(tensor -> !tensor.passed()).count();
        return details.compared() + " of " + details.expected() + " tensors"
                + (differ > 0 ? " compared, " + differ + (differ == 1 ? " differs, " : " differ, ") : ", ")
                + details.valuesJudged() + ", on "
                + String.join(" and ", details.runtimes()) + worst + cases
                + (mistrusted > 0 ? ", " + mistrusted + " mistrusted" : "") + ", " + details.notEvaluated().size()
                + " not evaluated";
    }

    private static String number(double value) {
        return value == 0 ? "0" : Figures.word(value).orElseGet(() -> String.format(Locale.ROOT, "%.2e", value));
    }

    private static String percent(double ratio) {
        return Double.isFinite(ratio)
                ? String.format(Locale.ROOT, ratio < MANY ? "%.2f %%" : "%.1e %%", 100 * ratio)
                : Figures.BEYOND;
    }
}
