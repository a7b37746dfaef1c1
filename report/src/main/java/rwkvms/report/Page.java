package rwkvms.report;

import java.util.List;

/**
 * A page of a report on anything but fixtures.
 *
 * @param html    what the page shows; figures follow below it
 * @param figures drawn below it
 * @param csv     the figures' data as a table, or empty
 */
public record Page(String html, List<Figure> figures, String csv) implements EntryDetails {
    public Page {
        figures = List.copyOf(figures);
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

    @Override
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
    }
}
