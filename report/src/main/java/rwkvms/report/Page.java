package rwkvms.report;

import java.util.List;
import java.util.stream.Collectors;

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
            html.append("<tr>").append(cells(row)).append("</tr>");
        }
        return html.append("</table>").toString();
    }

    /** A text for a page: nothing in it is taken for HTML. */
    public static String escaped(String text) {
        return CheckReport.escape(text);
    }

    static String cells(List<String> texts) {
        return texts.stream().map(text -> "<td>" + CheckReport.escape(text) + "</td>").collect(Collectors.joining());
    }

    @Override
    public void attach(AllureReport report) {
        StringBuilder all = new StringBuilder(html);
        for (Figure figure : figures) {
            all.append(figure.html());
        }
        report.description(all.toString());
        if (!csv.isEmpty()) {
            report.attachCsv("data", csv);
        }
    }
}
