package rwkvms.cli;

import java.io.PrintWriter;
import java.util.Locale;

import picocli.CommandLine.Help.Ansi;
import rwkvms.fixtures.BadPoint;
import rwkvms.fixtures.Stage;
import rwkvms.fixtures.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;
import rwkvms.report.Verdict;

/** A verdict for people: a line a case, the tensors of a single case, the bad points of a failed one. */
final class VerdictText {
    private final Verdict verdict;
    private final PrintWriter out;

    VerdictText(Verdict verdict, PrintWriter out) {
        this.verdict = verdict;
        this.out = out;
    }

    void print() {
        for (CheckResult result : verdict.results()) {
            printResult(result);
        }
        for (NotEvaluated missed : verdict.notEvaluated()) {
            line("@|yellow not evaluated|@  %s on %s: %s", missed.caseName(), missed.runtime(), missed.reason());
        }
        if (verdict.results().size() == 1) {
            printTensors(verdict.results().getFirst());
        }
        line("%s: %d of %d tensors, %d values, max abs diff %s, %d not evaluated", word(verdict.ok()),
                verdict.compared(), verdict.expected(), verdict.values(),
                verdict.worst().map(worst -> number(worst.maxAbsDiff()) + " (" + worst.tensor().label() + ")")
                        .orElse("none"),
                verdict.notEvaluated().size());
        if (!verdict.ok()) {
            line("reproduce: %s", verdict.reproduce());
        }
    }

    private void printResult(CheckResult result) {
        line("%s  %-28s %-9s %2d/%2d tensors  max abs diff %-8s %6s of tolerance", word(result.ok()),
                result.caseName(), result.runtime(), result.comparisons().size(), result.expected(),
                number(result.maxAbsDiff()), percent(result.maxRatio()));
        for (String note : result.notes()) {
            line("        note: %s", note);
        }
        for (String error : result.errors()) {
            line("        @|red error|@: %s", error);
        }
        result.firstDivergence().ifPresent(first -> line("        first divergence: %s", first));
        result.comparisons().stream().filter(comparison -> !comparison.passed()).findFirst()
                .ifPresent(this::printBadPoints);
    }

    private void printBadPoints(TensorComparison comparison) {
        line("        %s: %d of %d values over tolerance, the first:", comparison.tensor().label(), comparison.over(),
                comparison.elements());
        for (BadPoint point : comparison.bad()) {
            line("          %s expected %s, found %s, diff %s, limit %s", point.index(), point.expected(),
                    point.actual(), number(point.diff()), number(point.limit()));
        }
    }

    private void printTensors(CheckResult result) {
        line("  %-13s %-22s %8s  %12s  %12s  %8s  %s", "stage", "tensor", "values", "max abs diff", "of tolerance",
                "max ULP", "at");
        for (TensorComparison comparison : result.comparisons()) {
            line("  %-13s %-22s %8d  %12s  %12s  %8d  %s", comparison.tensor().stage().map(Stage::label).orElse(""),
                    comparison.tensor().label(), comparison.elements(), number(comparison.maxAbsDiff()),
                    percent(comparison.maxRatio()), comparison.maxUlp(), comparison.maxAbsIndex());
        }
    }

    private static String word(boolean ok) {
        return ok ? "@|green passed|@" : "@|bold,red FAILED|@";
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * ratio);
    }

    /** Colours on a terminal only; values from files are never taken for markup. */
    private void line(String format, Object... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof String text && text.startsWith("@|")) {
                arguments[i] = Ansi.AUTO.string(text);
            }
        }
        out.println(String.format(Locale.ROOT, Ansi.AUTO.string(format), arguments));
    }
}
