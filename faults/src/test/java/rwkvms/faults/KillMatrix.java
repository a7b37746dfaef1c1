package rwkvms.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import rwkvms.faults.Fault.Expectation;

/** Fault × suite: which suite notices what, and whether the first that does names the stage. */
record KillMatrix(List<Judged> rows, double seconds) {
    private static final int SHOWN = 160;

    private long meant() {
        return rows.stream().filter(row -> row.fault().expectation() == Expectation.KILLED).count();
    }

    /** Killed ones of those that are to be killed. */
    long kills() {
        return rows.stream().filter(row -> row.fault().expectation() == Expectation.KILLED && row.killed()).count();
    }

    long localised() {
        return rows.stream().filter(row -> row.fault().expectation() == Expectation.KILLED && row.localised()).count();
    }

    /** Share of the killed faults whose first divergence names the fault's stage. */
    double localisation() {
        return kills() == 0 ? 0 : (double) localised() / kills();
    }

    /** In one line, for a log. */
    String summary() {
        return String.format(Locale.ROOT,
                "%d faults in %.0f s: %d of %d killed, %d of %d equivalent ones not noticed; stage named by the first"
                        + " divergence: %d of %d, %.0f %%",
                rows.size(), seconds, kills(), meant(), rows.stream().filter(row -> !row.killed()).count()
                        - (meant() - kills()),
                rows.size() - meant(), localised(), kills(), 100 * localisation());
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Kill matrix\n\n").append(summary()).append("\n\n");
        text.append(row("fault", "stage", suites(Suite::label), "first divergence", "stage named"));
        text.append("|---|---|").append("---|".repeat(Suite.values().length)).append("---|---|\n");
        for (Judged row : rows) {
            text.append(row(row.fault().name(), row.fault().stage().label(), suites(suite -> mark(row.result(suite))),
                    first(row).replace("|", "\\|"), named(row)));
        }
        return text.toString();
    }

    private static String row(String name, String stage, String suites, String first, String named) {
        return "| " + String.join(" | ", name, stage, suites, first, named) + " |\n";
    }

    private static String suites(Function<Suite, String> cell) {
        return Arrays.stream(Suite.values()).map(cell).collect(Collectors.joining(" | "));
    }

    /** For the report: sorted as the catalogue, what is not as expected in bold. */
    String html() {
        StringBuilder html = new StringBuilder("<p>").append(summary()).append("</p><p>✗ noticed, 💥 crashed or hung,"
                + " ✓ not noticed, · not run, because another suite had noticed it. ");
        for (Suite suite : Suite.values()) {
            html.append(suite.label()).append(": ").append(suite.title()).append(". ");
        }
        html.append("</p><table><tr><th>fault</th><th>stage</th>");
        for (Suite suite : Suite.values()) {
            html.append("<th>").append(suite.label()).append("</th>");
        }
        html.append("<th>first divergence</th><th>stage named</th><th>what is wrong, and who would notice</th></tr>");
        UnaryOperator<String> cell = text -> "<td>" + escape(text) + "</td>";
        for (Judged row : rows) {
            html.append("<tr><td>").append(row.asExpected() ? "" : "<b>NOT AS EXPECTED</b> ")
                    .append(row.fault().name()).append("</td>").append(cell.apply(row.fault().stage().label()));
            for (Suite suite : Suite.values()) {
                html.append("<td title=\"").append(escape(row.result(suite).text())).append("\">")
                        .append(mark(row.result(suite))).append("</td>");
            }
            html.append(cell.apply(first(row))).append(cell.apply(named(row)))
                    .append(cell.apply(row.fault().breaks() + ". " + row.fault().noticed())).append("</tr>");
        }
        return html.append("</table>").toString();
    }

    String csv() {
        StringBuilder csv = new StringBuilder("fault,stage,file,expected,");
        csv.append(Arrays.stream(Suite.values()).map(Suite::label).collect(Collectors.joining(",")))
                .append(",stage named,seconds,first divergence\n");
        for (Judged row : rows) {
            csv.append(String.join(",", row.fault().name(), row.fault().stage().label(), row.fault().file(),
                    row.fault().expectation().label(),
                    Arrays.stream(Suite.values()).map(suite -> word(row.result(suite)))
                            .collect(Collectors.joining(",")),
                    named(row), String.format(Locale.ROOT, "%.1f", row.seconds()),
                    "\"" + first(row).replace("\"", "\"\"") + "\"")).append('\n');
        }
        return csv.toString();
    }

    private static String first(Judged row) {
        String text = row.first().map(suite -> suite.label() + ": " + row.result(suite).text())
                .orElse(row.fault().expectation() == Expectation.EQUIVALENT ? "none, as it should be" : "NOT NOTICED");
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    private static String named(Judged row) {
        return row.named().map(FaultStage::label).orElse("-");
    }

    private static String mark(SuiteResult result) {
        return switch (result) {
            case SuiteResult.Passed passed -> "✓";
            case SuiteResult.Failed failed -> "✗";
            case SuiteResult.Crashed crashed -> "💥";
            case SuiteResult.NotRun nothing -> "·";
        };
    }

    private static String word(SuiteResult result) {
        return switch (result) {
            case SuiteResult.Passed passed -> "passed";
            case SuiteResult.Failed failed -> "failed";
            case SuiteResult.Crashed crashed -> "crashed";
            case SuiteResult.NotRun nothing -> "not run";
        };
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
