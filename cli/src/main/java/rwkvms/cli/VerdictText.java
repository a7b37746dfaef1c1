package rwkvms.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

import rwkvms.fixtures.BadPoint;
import rwkvms.fixtures.Divergence;
import rwkvms.fixtures.Stage;
import rwkvms.fixtures.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;
import rwkvms.report.Judged;
import rwkvms.report.Verdict;

/** A verdict for people: a line a case, the tensors of a single case, the bad points of a failed one. */
final class VerdictText {
    private static final String INDENT = "            ";
    /** So often the tolerance that only the magnitude is of interest. */
    private static final double MANY = 100;

    private final Verdict verdict;
    private final PrintWriter out;

    VerdictText(Verdict verdict, PrintWriter out) {
        this.verdict = verdict;
        this.out = out;
    }

    void print() {
        for (Judged each : verdict.judged()) {
            if (each.outcome() instanceof CheckResult result) {
                printResult(result, each.reproduce());
            }
        }
        for (NotEvaluated missed : verdict.notEvaluated()) {
            out.printf(Locale.ROOT, "%s  %s on %s: %s%n", Coloured.notEvaluated(), missed.caseName(),
                    missed.runtime(),
                    missed.reason());
        }
        if (verdict.results().size() == 1) {
            printTensors(verdict.results().getFirst());
        }
        printSummary();
        if (!verdict.ok() && verdict.judged().size() != 1) {
            out.printf(Locale.ROOT, "reproduce: %s%n", verdict.reproduce());
        }
    }

    private void printResult(CheckResult result, String reproduce) {
        out.printf(Locale.ROOT, "%s  %-28s %-13s %2d/%2d tensors%s%n",
                Coloured.verdict(result.ok() ? Verdict.PASSED : Verdict.FAILED), result.caseName(),
                result.runtime(),
                result.comparisons().size(), result.expected(),
                result.comparisons().isEmpty()
                        ? ""
                        : String.format(Locale.ROOT, "  max abs diff %-8s %8s of tolerance",
                                number(result.maxAbsDiff()), percent(result.maxRatio())));
        for (String note : result.notes()) {
            out.printf(Locale.ROOT, INDENT + "note: %s%n", note);
        }
        for (String reason : result.mistrusted()) {
            out.printf(Locale.ROOT, INDENT + "%s: %s%n", Coloured.of("yellow", "mistrusted"), reason);
        }
        for (String error : result.errors()) {
            out.printf(Locale.ROOT, INDENT + "%s: %s%n", Coloured.of("red", "error"), error);
        }
        result.firstDivergence().ifPresent(first -> printDivergence(result, first));
        if (!result.ok()) {
            out.printf(Locale.ROOT, INDENT + "reproduce: %s%n", reproduce);
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

    private void printSummary() {
        String worst = verdict.worst().map(tensor -> ", max abs diff " + number(tensor.maxAbsDiff()) + " ("
                + tensor.tensor().label() + ")").orElse("");
        int runs = verdict.results().size();
        String cases = runs > 1 ? ", " + (runs - verdict.failed().size()) + " of " + runs + " runs passed" : "";
        int missed = verdict.notEvaluated().size();
        int mistrusted = verdict.mistrusted().size();
        out.printf(Locale.ROOT, "%s: %d of %d tensors, %d values, on %s%s%s%s, %d not evaluated%n",
                Coloured.verdict(verdict.exitCode()), verdict.compared(),
                verdict.expected(),
                verdict.values(), String.join(" and ", verdict.runtimes()), worst, cases,
                mistrusted > 0 ? ", " + mistrusted + " mistrusted" : "",
                missed);
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, ratio < MANY ? "%.2f %%" : "%.1e %%", 100 * ratio);
    }
}
