package rwkvms.report;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Results as one HTML page that opens from disk: counts, then the tests with their messages, failed ones first, then details.
 */
final class HtmlSummary {
    /** Details with plots take about 100 KB each; nobody reads more of them. */
    static final int MAX_DETAILED = 20;

    private HtmlSummary() {
    }

    /** Returns the page; details are HTML by the name of the test. */
    static String of(String suite, List<TestCase> tests, Map<String, String> details) {
        return of(suite, "", tests, details);
    }

    /** Returns the page with HTML above the tests. */
    static String of(String suite, String above, List<TestCase> tests, Map<String, String> details) {
        StringBuilder html = new StringBuilder(
                "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(CheckReport.escape(suite)).append("</title><style>body{font:14px sans-serif;margin:2em}")
                .append("td,th{padding:2px 8px;text-align:left;vertical-align:top}pre{white-space:pre-wrap;margin:0}")
                .append(".FAILED,.NOT_JUDGED{color:#b00}.NOT_EVALUATED{color:#960}.PASSED{color:#070}")
                .append("</style></head><body>\n<h1>").append(CheckReport.escape(suite)).append("</h1>\n<p>")
                .append(Stream.of(TestCase.Status.values())
                        .map(status -> TestCase.count(tests, status) + " " + status.words())
                        .collect(Collectors.joining(", ")))
                .append("</p>\n").append(above).append("<table><tr><th>test</th><th>verdict</th><th></th></tr>\n");
        List<TestCase> sorted = Stream
                .of(TestCase.Status.FAILED, TestCase.Status.NOT_JUDGED, TestCase.Status.NOT_EVALUATED,
                        TestCase.Status.PASSED)
                .flatMap(status -> tests.stream().filter(test -> test.status() == status))
                .toList();
        for (TestCase test : sorted) {
            html.append("<tr><td>").append(CheckReport.escape(test.name())).append("</td><td class=\"")
                    .append(test.status()).append("\">").append(test.status().words()).append("</td><td><pre>")
                    .append(CheckReport.escape(test.message())).append("</pre></td></tr>\n");
        }
        html.append("</table>\n");
        sorted.stream().filter(test -> details.containsKey(test.name())).limit(MAX_DETAILED)
                .forEach(test -> html.append("<h2>").append(CheckReport.escape(test.name())).append("</h2>\n")
                        .append(details.get(test.name())).append('\n'));
        return html.append("</body></html>\n").toString();
    }
}
