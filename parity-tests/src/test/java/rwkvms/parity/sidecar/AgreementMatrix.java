package rwkvms.parity.sidecar;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The number of files per combination of endings, in all and by class of the corpus, as text and as HTML. */
final class AgreementMatrix {
    private final String readers;
    private final Map<String, Integer> all = new TreeMap<>();
    private final Map<String, Map<String, Integer>> groups = new LinkedHashMap<>();
    private final Map<IntendedDifference, Integer> differences = new EnumMap<>(IntendedDifference.class);

    AgreementMatrix(String readers, List<ReaderAnswers> files) {
        this.readers = readers;
        for (ReaderAnswers file : files) {
            String endings = file.javaEnding() + "," + file.cpp().ending() + "," + file.ggml();
            all.merge(endings, 1, Integer::sum);
            groups.computeIfAbsent(file.file().group(), first -> new TreeMap<>()).merge(endings, 1, Integer::sum);
            for (IntendedDifference difference : IntendedDifference.values()) {
                if (!file.java().isValid() && difference.occursIn(file)) {
                    differences.merge(difference, 1, Integer::sum);
                }
            }
        }
    }

    Map<IntendedDifference, Integer> differences() {
        return differences;
    }

    String text() {
        StringBuilder text = new StringBuilder(readers).append("\n\nvalidator,C++ runtime,ggml: files\n");
        all.forEach((endings, files) -> text.append(endings).append(": ").append(files).append('\n'));
        text.append("\nby the corpus's own code\n");
        groups.forEach((group, rows) -> text.append(group).append(' ').append(rows).append('\n'));
        text.append("\nintended differences from ggml: files\n");
        differences.forEach((difference, files) -> text.append(difference).append(": ").append(files).append('\n'));
        return text.toString();
    }

    String html() {
        StringBuilder html = new StringBuilder("<p>").append(readers).append("</p>");
        table(html, "All files", "", Map.of("", all));
        table(html, "By the corpus's own code", "<th>code</th>", groups);
        html.append("<h3>Intended differences from ggml</h3><table border=1 cellpadding=4><tr><th>difference</th>"
                + "<th>ggml</th><th>files</th><th>why</th></tr>");
        for (IntendedDifference difference : IntendedDifference.values()) {
            html.append("<tr><td>").append(difference).append("</td><td>").append(difference.ggml())
                    .append("</td><td align=right>").append(differences.getOrDefault(difference, 0))
                    .append("</td><td>").append(difference.reason()).append("</td></tr>");
        }
        return html.append("</table>").toString();
    }

    private static void table(StringBuilder html, String title, String first, Map<String, Map<String, Integer>> rows) {
        html.append("<h3>").append(title).append("</h3><table border=1 cellpadding=4><tr>").append(first)
                .append("<th>validator</th><th>C++ runtime</th><th>ggml</th><th>files</th></tr>");
        rows.forEach((group, endings) -> endings.forEach((ending, files) -> {
            html.append("<tr>").append(first.isEmpty() ? "" : "<td>" + group + "</td>");
            for (String one : ending.split(",", -1)) {
                html.append("<td>").append(one).append("</td>");
            }
            html.append("<td align=right>").append(files).append("</td></tr>");
        }));
        html.append("</table>");
    }
}
