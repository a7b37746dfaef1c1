package rwkvms.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rwkvms.faults.Fault.Expectation;

/** Fault × suite: which suite notices what, and whether the first that does names the stage. */
record KillMatrix(List<Row> rows, double seconds) {
    private static final int MAX_SHOWN = 160;

    /**
     * A fault and what the suites made of it.
     *
     * @param seconds to compile the library and to run the suites
     */
    record Row(Fault fault, Map<Suite, SuiteResult> results, double seconds) {
        boolean killed() {
            return results.values().stream().anyMatch(SuiteResult::kills);
        }

        private boolean isMeantToDie() {
            return fault.expectation() == Expectation.KILLED;
        }

        /** Whether the suites made of it what the catalogue says. */
        boolean asExpected() {
            return killed() == isMeantToDie();
        }

        /** The first suite, in the order of the matrix, that noticed it. */
        Optional<Suite> first() {
            return Arrays.stream(Suite.values()).filter(suite -> result(suite).kills()).findFirst();
        }

        SuiteResult result(Suite suite) {
            return results.getOrDefault(suite, new SuiteResult.NotRun());
        }

        Optional<FaultStage> named() {
            return first().map(this::result).flatMap(result -> switch (result) {
                case SuiteResult.Failed failed -> failed.stage();
                case SuiteResult.Crashed crashed -> crashed.stage();
                default -> Optional.empty();
            });
        }

        boolean localised() {
            return named().equals(Optional.of(fault.stage()));
        }

        /** One line: the fault, what noticed it first and what that said. */
        @Override
        public String toString() {
            return fault.name() + " (" + fault.stage().label() + "): " + first()
                    .map(suite -> "noticed by " + suite.label() + ": " + result(suite).text()).orElse("not noticed");
        }

        private String firstDivergence() {
            String text = first().map(suite -> suite.label() + ": " + result(suite).text())
                    .orElse(isMeantToDie() ? "NOT NOTICED" : "none, as it should be");
            return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
        }

        private String stageNamed() {
            return named().map(FaultStage::label).orElse("-");
        }
    }

    private Stream<Row> meantToDie() {
        return rows.stream().filter(Row::isMeantToDie);
    }

    /** Killed ones of those that are to be killed. */
    long kills() {
        return meantToDie().filter(Row::killed).count();
    }

    private long localised() {
        return meantToDie().filter(Row::localised).count();
    }

    /** Share of the killed faults whose first divergence names the fault's stage. */
    double localisation() {
        return kills() == 0 ? 0 : (double) localised() / kills();
    }

    String summary() {
        long meant = meantToDie().count();
        return String.format(Locale.ROOT,
                "%d faults in %.0f s: %d of %d killed, %d of %d equivalent ones not noticed; stage named by the first"
                        + " divergence: %d of %d, %.0f %%",
                rows.size(), seconds, kills(), meant, rows.stream().filter(row -> !row.killed()).count()
                        - (meant - kills()),
                rows.size() - meant, localised(), kills(), 100 * localisation());
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
        for (Row row : rows) {
            html.append("<tr><td>").append(row.asExpected() ? "" : "<b>NOT AS EXPECTED</b> ")
                    .append(row.fault().name()).append("</td>").append(cell.apply(row.fault().stage().label()));
            for (Suite suite : Suite.values()) {
                html.append("<td title=\"").append(escape(row.result(suite).text())).append("\">")
                        .append(row.result(suite).mark()).append("</td>");
            }
            html.append(cell.apply(row.firstDivergence())).append(cell.apply(row.stageNamed()))
                    .append(cell.apply(row.fault().breaks() + ". " + row.fault().noticed())).append("</tr>");
        }
        return html.append("</table>").toString();
    }

    String csv() {
        StringBuilder csv = new StringBuilder("fault,stage,file,expected,");
        csv.append(Arrays.stream(Suite.values()).map(Suite::label).collect(Collectors.joining(",")))
                .append(",stage named,seconds,first divergence\n");
        for (Row row : rows) {
            csv.append(String.join(",", row.fault().name(), row.fault().stage().label(), row.fault().file(),
                    row.fault().expectation().label(),
                    Arrays.stream(Suite.values()).map(suite -> row.result(suite).word())
                            .collect(Collectors.joining(",")),
                    row.stageNamed(), String.format(Locale.ROOT, "%.1f", row.seconds()),
                    "\"" + row.firstDivergence().replace("\"", "\"\"") + "\"")).append('\n');
        }
        return csv.toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
