package rwkvms.report;

import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;

/** A {@link Verdict} for a CI job's summary page: at most {@link #MAX_CHARS} characters, differences first. */
public final class MarkdownSummary {
    /** A job summary may have 1 MiB; a quarter of it in characters stays below in any encoding. */
    static final int MAX_CHARS = 1 << 18;

    private MarkdownSummary() {
    }

    public static String of(Verdict verdict) {
        StringBuilder text = new StringBuilder();
        text.append("# RWKV-MS gate: ").append(verdict.ok() ? "passed" : "FAILED").append("\n\n");
        text.append(verdict.compared()).append(" of ").append(verdict.expected()).append(" tensors compared, ")
                .append(verdict.values()).append(" values");
        verdict.worst().ifPresent(worst -> text.append(", max abs diff ")
                .append(CheckReport.number(worst.maxAbsDiff())).append(" (").append(worst.tensor().label())
                .append(")"));
        text.append("\n\n`").append(verdict.reproduce()).append("`\n\n");
        for (String error : verdict.errors()) {
            text.append("- **error** ").append(error).append('\n');
        }
        for (CheckResult result : verdict.results()) {
            if (!result.ok()) {
                text.append("- **difference** ").append(result.caseName()).append(" on ").append(result.runtime())
                        .append(": ").append(result.firstDivergence().map(Object::toString)
                                .orElse(String.join("; ", result.errors())))
                        .append('\n');
            }
        }
        for (NotEvaluated missed : verdict.notEvaluated()) {
            text.append("- not evaluated: ").append(missed.caseName()).append(" on ").append(missed.runtime())
                    .append(": ").append(missed.reason()).append('\n');
        }
        text.append("\n| case | runtime | tensors | max abs diff | of tolerance |\n|---|---|---|---|---|\n");
        for (CheckResult result : verdict.results()) {
            if (text.length() > MAX_CHARS) {
                return text.append("\ncut: more cases in the JSON verdict\n").toString();
            }
            text.append("| ").append(result.caseName()).append(" | ").append(result.runtime()).append(" | ")
                    .append(result.comparisons().size()).append('/').append(result.expected()).append(" | ")
                    .append(CheckReport.number(result.maxAbsDiff())).append(" | ")
                    .append(CheckReport.percent(result.maxRatio())).append(" |\n");
        }
        return text.toString();
    }
}
