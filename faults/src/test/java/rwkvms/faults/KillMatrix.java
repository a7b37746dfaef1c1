package rwkvms.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rwkvms.faults.Fault.Expectation;

/** Fault × suite: which suite notices what, and whether the first that does names the stage. */
record KillMatrix(List<Row> rows, double seconds) {
    private static final int MAX_SHOWN = 160;
    /** Long texts break in a column of a line's length. */
    private static final String WRAPPED = "min-width:16em;font-weight:normal;text-align:left;overflow-wrap:anywhere";

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

        /** The hypotheses that the gate names for it. */
        List<String> hypotheses() {
            return result(Suite.GOLDEN) instanceof SuiteResult.Failed failed ? failed.named() : List.of();
        }

        /** Whether the golden cases showed it and it is a mistake of the table. */
        boolean hasHypothesis() {
            return fault.hypothesis().isPresent() && result(Suite.GOLDEN) instanceof SuiteResult.Failed;
        }

        boolean namedFirst() {
            return hypotheses().stream().findFirst().equals(fault.hypothesis());
        }

        /** Whether the gate names mistakes, and this one is not among them. */
        boolean wronglyNamed() {
            return !hypotheses().isEmpty() && fault.hypothesis().filter(hypotheses()::contains).isEmpty();
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

    /** Share of the faults with a hypothesis that golden cases showed and the gate named first. */
    double namedFirst() {
        return (double) rows.stream().filter(row -> row.hasHypothesis() && row.namedFirst()).count()
                / Math.max(1, rows.stream().filter(Row::hasHypothesis).count());
    }

    String summary() {
        long meant = meantToDie().count();
        return String.format(Locale.ROOT,
                "%d faults in %.0f s: %d of %d killed, %d of %d equivalent ones not noticed; stage named by the first"
                        + " divergence: %d of %d, %.0f %%; mistake named first: %d of %d",
                rows.size(), seconds, kills(), meant, rows.stream().filter(row -> !row.killed()).count()
                        - (meant - kills()),
                rows.size() - meant, localised(), kills(), 100 * localisation(),
                rows.stream().filter(row -> row.hasHypothesis() && row.namedFirst()).count(),
                rows.stream().filter(Row::hasHypothesis).count());
    }

    /** The figures of the release page. */
    Map<String, String> figures() {
        long meant = meantToDie().count();
        return Map.of("faults killed",
                kills() + " of " + meant + "; "
                        + rows.stream().filter(row -> !row.killed() && !row.isMeantToDie()).count()
                        + " of " + (rows.size() - meant) + " equivalent ones not noticed",
                "stage named",
                String.format(Locale.ROOT, "%d of %d, %.0f %%", localised(), kills(), 100 * localisation()));
    }

    /** For the report: sorted as the catalogue, what is not as expected in bold. It scrolls where the page is narrow. */
    String html() {
        StringBuilder html = new StringBuilder("<p>").append(escape(summary()))
                .append("</p><p>Killed: the suite noticed the fault; \"crash\": by a crash or a hang. Alive: the suite"
                        + " passed. A dash: not run, because another suite had noticed it. ");
        for (Suite suite : Suite.values()) {
            html.append(suite.label()).append(": ").append(suite.title()).append(". ");
        }
        html.append("</p><div style=\"overflow-x:auto\"><table><tr><th scope=\"col\">fault, and what is wrong</th>"
                + "<th scope=\"col\">stage</th>");
        for (Suite suite : Suite.values()) {
            html.append("<th scope=\"col\">").append(suite.label()).append("</th>");
        }
        html.append("<th scope=\"col\">stage named</th><th scope=\"col\">first divergence</th></tr>");
        for (Row row : rows) {
            html.append("<tr><th scope=\"row\" style=\"").append(WRAPPED).append("\">")
                    .append(row.asExpected() ? "" : "<b>NOT AS EXPECTED</b> ").append(escape(row.fault().name()))
                    .append("<br><small>").append(escape(row.fault().breaks() + ". " + row.fault().noticed()))
                    .append("</small></th>").append(cell(row.fault().stage().label()));
            for (Suite suite : Suite.values()) {
                html.append("<td title=\"").append(escape(row.result(suite).text())).append("\">")
                        .append(row.result(suite).fate()).append("</td>");
            }
            html.append(cell(row.stageNamed())).append("<td style=\"").append(WRAPPED).append("\">")
                    .append(escape(row.firstDivergence())).append("</td></tr>");
        }
        return html.append("</table></div>").toString();
    }

    private static String cell(String text) {
        return "<td>" + escape(text) + "</td>";
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
