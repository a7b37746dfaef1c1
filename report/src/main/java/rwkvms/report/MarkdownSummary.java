package rwkvms.report;

import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;

/** A {@link Verdict} for a CI job's summary page: at most {@link #MAX_BYTES}, what did not pass first. */
public final class MarkdownSummary {
    /** A job summary may have 1 MiB; a quarter is more than anybody reads. */
    static final int MAX_BYTES = 1 << 18;

    private final BoundedText text = new BoundedText(MAX_BYTES);

    private MarkdownSummary() {
    }

    public static String of(Verdict verdict) {
        MarkdownSummary summary = new MarkdownSummary();
        summary.head(verdict);
        summary.problems(verdict);
        summary.table(verdict);
        return summary.text.toString();
    }

    private void head(Verdict verdict) {
        line("# RWKV-MS gate: " + verdict.word());
        line("");
        line(verdict.compared() + " of " + verdict.expected() + " tensors compared, " + verdict.values() + " values"
                + verdict.worst().map(worst -> ", max abs diff " + CheckReport.number(worst.maxAbsDiff()) + " ("
                        + worst.tensor().label() + ")").orElse(""));
        line("");
        line("    " + oneLine(verdict.reproduce()));
        line("");
    }

    private void problems(Verdict verdict) {
        for (String error : verdict.errors()) {
            line("- **not judged**: " + escaped(error));
        }
        for (CheckResult result : verdict.mistrusted()) {
            line("- mistrusted: " + escaped(result.caseName() + " on " + result.runtime() + ": "
                    + String.join("; ", result.mistrusted())));
        }
        for (Judged each : verdict.judged()) {
            switch (each.outcome()) {
                case CheckResult result when !result.ok() -> {
                    line("- **failed**: " + escaped(result.caseName() + " on " + result.runtime() + ": "
                            + CheckReport.reason(result)));
                    line("");
                    line("      " + oneLine(each.reproduce()));
                    line("");
                }
                case CheckResult passed -> {
                    // its row is in the table
                }
                case NotEvaluated missed -> line("- not evaluated: " + escaped(missed.caseName() + " on "
                        + missed.runtime() + ": " + missed.reason()));
            }
        }
        line("");
    }

    private void table(Verdict verdict) {
        if (verdict.results().isEmpty()) {
            return;
        }
        line("| case | runtime | verdict | tensors | max abs diff | of tolerance |");
        line("|---|---|---|---|---|---|");
        for (CheckResult result : verdict.results()) {
            boolean any = !result.comparisons().isEmpty();
            line("| " + String.join(" | ", escaped(result.caseName()), escaped(result.runtime()),
                    word(result), result.comparisons().size() + "/" + result.expected(),
                    any ? CheckReport.number(result.maxAbsDiff()) : "none",
                    any ? CheckReport.percent(result.maxRatio()) : "none") + " |");
        }
    }

    private static String word(CheckResult result) {
        return (result.ok() ? "passed" : "**FAILED**") + (result.mistrusted().isEmpty() ? "" : ", mistrusted");
    }

    private void line(String line) {
        text.line(line);
    }

    /** Text from files, shown as it is: nothing in it is taken for Markdown or HTML. */
    public static String escaped(String text) {
        return oneLine(text).replaceAll("([\\\\`*_\\[\\]<>|#])", "\\\\$1");
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\R", " ");
    }
}
