package rwkvms.report;

import java.util.List;
import java.util.stream.Collectors;

/** A table for a page, whose headers say which cells they are of. */
final class HtmlTable {
    private final StringBuilder html = new StringBuilder("<table>");

    private HtmlTable() {
    }

    /** Returns a table with a header for each column. */
    static HtmlTable of(List<String> columns) {
        HtmlTable table = new HtmlTable();
        table.html.append("<thead><tr>").append(columns.stream()
                .map(column -> "<th scope=\"col\">" + CheckReport.escape(column) + "</th>")
                .collect(Collectors.joining())).append("</tr></thead>");
        return table;
    }

    /** Returns a table of names and values. */
    static HtmlTable ofPairs() {
        return new HtmlTable();
    }

    /** Adds a row of texts; the first is its header. */
    HtmlTable row(String header, String... cells) {
        return row("", header, List.of(cells));
    }

    /** Adds a row of a class of the style sheet. */
    HtmlTable row(String style, String header, List<String> cells) {
        html.append("\n<tr").append(style.isEmpty() ? "" : " class=\"" + style + "\"").append("><th scope=\"row\">")
                .append(CheckReport.escape(header)).append("</th>").append(Page.cells(cells)).append("</tr>");
        return this;
    }

    @Override
    public String toString() {
        return html + "</table>\n";
    }
}
