package rwkvms.report;

import java.util.List;

/**
 * A page of a report on anything but fixtures.
 *
 * @param html    what the page shows; figures follow below it
 * @param csv     the figures' data as a table, or empty
 * @param outcome of what the page is about
 */
public record Page(String name, String html, List<Figure> figures, String csv, Outcome outcome) {
    public Page {
        figures = List.copyOf(figures);
    }

    /** A page's verdict, with the reason where it is not {@link Passed}. */
    public sealed interface Outcome {
    }

    /** What the page is about holds. */
    public record Passed() implements Outcome {
    }

    /** It does not hold. */
    public record Failed(String reason) implements Outcome {
    }

    /** Nobody looked. */
    public record Skipped(String reason) implements Outcome {
    }

    /** A table of texts for a page, without a header. */
    public static String table(List<List<String>> rows) {
        StringBuilder html = new StringBuilder("<table>");
        for (List<String> row : rows) {
            html.append("<tr>");
            row.forEach(cell -> html.append("<td>").append(CheckReport.escape(cell)).append("</td>"));
            html.append("</tr>");
        }
        return html.append("</table>").toString();
    }

    /** Puts the page into a test's result; throws what its outcome asks for. */
    public void attach(AllureReport report) {
        StringBuilder all = new StringBuilder(html);
        for (Figure figure : figures) {
            all.append(figure.html());
            report.attachSvg(figure.name(), figure.svg());
        }
        report.description(all.toString());
        if (!csv.isEmpty()) {
            report.attachCsv("data", csv);
        }
        switch (outcome) {
            case Passed() -> {
                // nothing to say
            }
            case Failed(String reason) -> throw new AssertionError("DIFFERENCE: " + reason);
            case Skipped(String reason) -> throw new NotEvaluatedPage(reason);
        }
    }
}
