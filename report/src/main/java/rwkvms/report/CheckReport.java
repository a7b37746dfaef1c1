package rwkvms.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import rwkvms.comparison.BadPoint;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CheckResult;
import rwkvms.math.Stage;
import rwkvms.tensor.DType;

/**
 * The page of one judged fixture: verdict, reproduce line, error plots, a table of tensors with their headroom,
 * the first bad points and the provenance.
 */
public final class CheckReport implements EntryDetails {
    /** A value that used half of its tolerance may be beyond it on another machine. */
    private static final double CLOSE = 0.5;
    private static final List<String> COLUMNS = List.of("stage", "tensor", "values", "max abs diff", "at",
            "of tolerance", "max rel diff", "max ULP", "over", "NMSE", "known less well");
    /** Beyond it, a share in percent has too many digits to be read. */
    private static final double MANY = 10;

    private final CheckResult result;
    private final Provenance provenance;
    private final String reproduce;

    public CheckReport(CheckResult result, Provenance provenance, String reproduce) {
        this.result = result;
        this.provenance = provenance;
        this.reproduce = reproduce;
    }

    public CheckResult result() {
        return result;
    }

    /** Puts the page, what was judged and the table as CSV into a test's result. */
    @Override
    public void attach(AllureReport report) {
        measure(report);
        report.parameter("rtol", result.tolerance().rtol());
        report.parameter("atol", result.tolerance().atol());
        report.description(html());
        report.attachCsv("tensors", csv());
    }

    /** Puts only what was judged, and how near it came, into a test's result. */
    public void measure(AllureReport report) {
        report.parameter("case", result.caseName());
        report.headroom(new Headroom(result.runtime(), "CPU", result.maxRatio()));
    }

    /** Plots say something of what failed or came close to its limit; of all else the table says more in less room. */
    private boolean plots() {
        return !result.ok() || !(result.maxRatio() < CLOSE);
    }

    /** Plots take about 100 KB. */
    @Override
    public boolean isLong() {
        return true;
    }

    @Override
    public String html() {
        StringBuilder html = new StringBuilder();
        html.append("<p><b>").append(escape(result.caseName())).append(" on ").append(escape(result.runtime()))
                .append(result.ok() ? ": passed" : ": FAILED").append("</b>, ").append(result.comparisons().size())
                .append(" of ").append(result.expected()).append(" tensors compared").append(differing()).append(", ")
                .append(result.values()).append(" values")
                .append(Figures.worst(result.comparisons().stream()).map(worst -> ", max abs diff "
                        + number(worst.maxAbsDiff()) + " (" + worst.tensor().label() + worst.maxAbsIndex() + "), "
                        + share(result.maxRatio())).orElse(""))
                .append("</p>");
        result.firstDivergence().ifPresent(first -> paragraph(html, "First divergence: " + first));
        result.errors().forEach(error -> paragraph(html, "Error: " + error));
        result.mistrusted().forEach(reason -> paragraph(html, "Mistrusted: " + reason));
        result.notes().forEach(note -> paragraph(html, "Note: " + note));
        html.append("<p><code>").append(escape(reproduce)).append("</code></p>");
        if (plots()) {
            appendPlots(html);
        }
        appendTable(html);
        appendBadPoints(html);
        return html.append("<details><summary>Provenance</summary>").append(Page.table(provenance.entries().entrySet()
                .stream().map(entry -> List.of(entry.getKey(), entry.getValue())).toList())).append("</details>")
                .toString();
    }

    private String differing() {
        long count = result.comparisons().stream().filter(comparison -> !comparison.passed()).count();
        return count == 0 ? "" : ", " + count + " of them beyond their limits";
    }

    private static void paragraph(StringBuilder html, String text) {
        html.append("<p>").append(escape(text)).append("</p>");
    }

    private void appendPlots(StringBuilder html) {
        html.append(ErrorPlot.byTensor(bars()));
        List<TokenErrors> scans = scanErrors();
        if (!scans.isEmpty()) {
            html.append(ErrorPlot.byToken(scans, result.tolerance().atol()));
        }
    }

    private List<TensorError> bars() {
        return result.comparisons().stream().map(comparison -> new TensorError(comparison.tensor().label(),
                comparison.maxAbsDiff(), limit(comparison), comparison.passed())).toList();
    }

    /** The limit at the element with the largest difference; an integer tensor allows none. */
    private double limit(TensorComparison comparison) {
        boolean exact = comparison.tensor().kind() != DType.Kind.FLOATING;
        return exact ? Double.MIN_NORMAL : Math.max(result.tolerance().limit(comparison.expected()), Double.MIN_NORMAL);
    }

    /** Errors by token of the scan's and the last stages' tensors, if the call has several tokens. */
    private List<TokenErrors> scanErrors() {
        List<TokenErrors> lines = new ArrayList<>();
        for (TensorComparison comparison : result.comparisons()) {
            boolean drawn = switch (comparison.tensor()) {
                case RAW_READS, READ_ROUTES_PER_HEAD, STATE_AFTER, READS, DELTA_Q, DELTA_O -> true;
                default -> false;
            };
            if (drawn && comparison.tokenErrors().size() > 1) {
                lines.add(new TokenErrors(comparison.tensor().label(), comparison.tokenErrors()));
            }
        }
        return lines;
    }

    private void appendTable(StringBuilder html) {
        html.append("<table><tr>");
        COLUMNS.forEach(column -> html.append("<th scope=\"col\">").append(column).append("</th>"));
        html.append("</tr>");
        for (TensorComparison c : result.comparisons()) {
            html.append("<tr").append(c.passed() ? "" : " style=\"color:#c33;font-weight:bold\"").append(">")
                    .append(Page.cells(List.of(c.tensor().stage().map(Stage::label).orElse(""), c.tensor().label(),
                            String.valueOf(c.elements()), number(c.maxAbsDiff()), c.maxAbsIndex(),
                            percent(c.maxRatio()), number(c.maxRelDiff()), String.valueOf(c.maxUlp()),
                            String.valueOf(c.over()), number(c.nmse()),
                            String.valueOf(c.known().within() + c.known().unknowable()))))
                    .append("</tr>");
        }
        html.append("</table>");
    }

    private void appendBadPoints(StringBuilder html) {
        for (TensorComparison c : result.comparisons()) {
            if (c.passed()) {
                continue;
            }
            paragraph(html, c.tensor().label() + ": the first " + c.bad().size() + " of " + c.over()
                    + " values over tolerance");
            html.append(
                    "<table><tr><th scope=\"col\">index</th><th scope=\"col\">expected</th><th scope=\"col\">found</th>"
                            + "<th scope=\"col\">diff</th><th scope=\"col\">limit</th></tr>");
            for (BadPoint point : c.bad()) {
                html.append("<tr>").append(Page.cells(List.of(point.index(), String.valueOf(point.expected()),
                        String.valueOf(point.actual()), number(point.diff()), number(point.limit())))).append("</tr>");
            }
            html.append("</table>");
        }
    }

    private String csv() {
        StringBuilder csv = new StringBuilder(
                "stage,tensor,values,max_abs_diff,of_tolerance,max_rel_diff,max_ulp,over,beyond_tolerance,unknowable\n");
        for (TensorComparison c : result.comparisons()) {
            csv.append(c.tensor().stage().map(Stage::label).orElse("")).append(',').append(c.tensor().label())
                    .append(',').append(c.elements()).append(',').append(c.maxAbsDiff()).append(',')
                    .append(c.maxRatio()).append(',').append(c.maxRelDiff()).append(',').append(c.maxUlp())
                    .append(',').append(c.over()).append(',').append(c.known().within()).append(',')
                    .append(c.known().unknowable()).append('\n');
        }
        return csv.toString();
    }

    static String number(double value) {
        return value == 0 ? "0" : Figures.word(value).orElseGet(() -> String.format(Locale.ROOT, "%.3g", value));
    }

    private static String share(double ratio) {
        return Double.isFinite(ratio) ? percent(ratio) + " of the tolerance" : Figures.BEYOND + " tolerance";
    }

    /** A share of a limit. No percentage says how far something is from a limit of 0, or how far NaN is from a number. */
    static String percent(double ratio) {
        if (Double.isNaN(ratio)) {
            return "none";
        }
        if (Double.isInfinite(ratio)) {
            return Figures.BEYOND;
        }
        if (ratio >= MANY) {
            return String.format(Locale.ROOT, ratio < 1e6 ? "%.0f \u00d7" : "%.1e \u00d7", ratio);
        }
        return String.format(Locale.ROOT, ratio < 1 ? "%.2g %%" : "%.0f %%", 100 * ratio);
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
