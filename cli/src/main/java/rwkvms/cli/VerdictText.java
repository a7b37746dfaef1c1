package rwkvms.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import rwkvms.comparison.BadPoint;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.math.Stage;
import rwkvms.report.CheckDetails;
import rwkvms.report.CheckReport;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Verdict;

/** Prints a verdict for people. */
final class VerdictText {
    private static final String INDENT = "            ";
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
        for (Entry entry : verdict.failed()) {
            out.printf(Locale.ROOT, "%s  %s%n", Terminal.word(entry), entry.name());
            entry.reasons().forEach(reason -> out.printf(Locale.ROOT, INDENT + "%s%n", reason));
            entry.facts().forEach(fact -> out.printf(Locale.ROOT, INDENT + "%s%n", fact));
        }
        printNotEvaluated();
    }

    private void printNotEvaluated() {
        verdict.notEvaluated().forEach(entry -> out.printf(Locale.ROOT, "%s  %s: %s%n", Terminal.word(entry),
                entry.name(), entry.message()));
    }

    /** Prints the last line: the state, and numbers. */
    void printSummary(String numbers) {
        out.println(Terminal.word(verdict) + ": " + numbers);
    }

    /** Prints one line per case, the tensors of a single case, and the bad points of a failed one. */
    void print(CheckDetails details) {
        for (Entry entry : verdict.entries()) {
            if (entry.details() instanceof CheckReport page) {
                printResult(entry, page.result());
            }
        }
        printNotEvaluated();
        if (details.results().size() == 1) {
            printTensors(details.results().getFirst());
        }
        printSummary(numbers(details));
        if (!verdict.ok() && verdict.entries().size() != 1) {
            out.printf(Locale.ROOT, "reproduce: %s%n", verdict.reproduce());
        }
    }

    private void printResult(Entry entry, CheckResult result) {
        out.printf(Locale.ROOT, "%s  %-28s %-13s %2d/%2d tensors%s%n", Terminal.word(entry), result.caseName(),
                result.runtime(), result.comparisons().size(), result.expected(),
                result.comparisons().isEmpty()
                        ? ""
                        : String.format(Locale.ROOT, "  max abs diff %-8s %8s of tolerance",
                                number(result.maxAbsDiff()), percent(result.maxRatio())));
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
        String worst = details.worst().map(tensor -> ", max abs diff " + number(tensor.maxAbsDiff()) + " ("
                + tensor.tensor().label() + ")").orElse("");
        int runs = details.results().size();
        String cases = runs > 1 ? ", " + verdict.passed().size() + " of " + runs + " runs passed" : "";
        int mistrusted = details.mistrusted().size();
        return details.compared() + " of " + details.expected() + " tensors, " + details.valuesJudged() + ", on "
                + String.join(" and ", details.runtimes()) + worst + cases
                + (mistrusted > 0 ? ", " + mistrusted + " mistrusted" : "") + ", " + details.notEvaluated().size()
                + " not evaluated";
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, ratio < MANY ? "%.2f %%" : "%.1e %%", 100 * ratio);
    }
}
