package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import javax.xml.parsers.DocumentBuilderFactory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** The parts of a report for CI systems: JUnit XML, annotations, a summary that fits. */
class ToolReportsTests {
    private static final List<TestCase> ONE_EACH = List.of(
            new TestCase("good", TestCase.Status.PASSED, "", "good.json"),
            new TestCase("bad, \"one\"", TestCase.Status.FAILED, "50 % off\nreproduce: <line> & more\u0000\ud800",
                    "a:b.json"),
            new TestCase("far", TestCase.Status.NOT_EVALUATED, "two heads", ""),
            new TestCase("torn", TestCase.Status.NOT_JUDGED, "no such file", ""));

    private static final Workspace NOWHERE = new Workspace(Optional.empty());

    private static Verdict verdict(String suite, List<Entry> entries) {
        return new Verdict(suite, entries, List.of(), Provenance.ofThisMachine(), "", (json, whole) -> {
        });
    }

    private static Verdict verdict(String suite, List<Entry> entries, String markdown) {
        return new Verdict(suite, entries, List.of(), Provenance.ofThisMachine(), "", new Details() {
            @Override
            public void write(ObjectNode json, boolean whole) {
                json.put("own", whole);
            }

            @Override
            public String markdown(Verdict verdict) {
                return markdown;
            }
        });
    }

    private static Element parsed(String xml) throws Exception {
        return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8))).getDocumentElement();
    }

    @Test
    void annotationsAreWorkflowCommands() {
        assertThat(Annotations.of("gate check", ONE_EACH, NOWHERE)).isEqualTo(
                """
                        ::error title=gate check%3A bad%2C "one"::50 %25 off%0Areproduce: <line> & more\u0000\ud800
                        ::error title=gate check%3A torn::no such file
                        ::notice title=gate check::1 not evaluated, see the summary
                        """);
    }

    @Test
    void theSummaryOfAFileReportFits(@TempDir Path folder) throws Exception {
        List<Entry> entries = new ArrayList<>(List.of(new Entry("good", new Outcome.Passed()),
                new Entry("far", new Outcome.NotEvaluated("two heads"))));
        for (int i = 0; i < 20; i++) {
            entries.add(new Entry("bad " + i, new Outcome.Failed("y".repeat(100_000 + i))));
        }
        ReportFolder.write(verdict("gate fork", entries), folder);

        String summary = Files.readString(folder.resolve("summary.md"));
        assertThat(Files.size(folder.resolve("summary.md"))).isLessThan(1 << 20);
        assertThat(summary).startsWith("# gate fork\n\n- **FAILED**: `bad 0`\n")
                .containsPattern("cut: \\d+ more lines; the JSON verdict has everything");
        assertThat(parsed(Files.readString(folder.resolve("junit.xml"))).getAttribute("failures")).isEqualTo("20");
        assertThat(Files.readString(folder.resolve("annotations.txt")))
                .startsWith("::error title=gate fork%3A bad 0::");
    }

    @Test
    void onlyWhatXmlHasAPlaceForGetsIntoIt() {
        String all = "\u0000\u0008\t\n\u000b\u001f \ud7ff\udfff\ud800\ue000\ufffd\ufffe\uffff\ud800\udc00";

        assertThat(JUnitXml.of("s", List.of(new TestCase("t", TestCase.Status.NOT_JUDGED, all, "")))).contains(">"
                + "\ufffd\ufffd\t\n\ufffd\ufffd \ud7ff\ufffd\ufffd\ue000\ufffd\ufffd\ufffd\ud800\udc00</error>");
        assertThat(JUnitXml.of("s", List.of(new TestCase("t", TestCase.Status.NOT_JUDGED, "a\r\u000bb", ""))))
                .contains("a\r\ufffdb</error>");
    }

    @Test
    void aMessageIsCutBehindAThousandLetters() {
        String kept = "x".repeat(1000);

        assertThat(Annotations.of("s", List.of(new TestCase("t", TestCase.Status.FAILED, kept, "")), NOWHERE))
                .isEqualTo("::error title=s%3A t::" + kept + "\n");
        assertThat(Annotations.of("s", List.of(new TestCase("t", TestCase.Status.FAILED, kept + "y", "")), NOWHERE))
                .isEqualTo("::error title=s%3A t::" + kept + "...\n");
    }

    @Test
    void elevenFailuresAreNineAndTheirRest() {
        List<TestCase> eleven = IntStream.range(0, 11)
                .mapToObj(i -> new TestCase("t" + i, TestCase.Status.FAILED, "m", "")).toList();

        assertThat(Annotations.of("s", eleven, NOWHERE).lines().skip(8)).containsExactly("::error title=s%3A t8::m",
                "::error title=s::2 more failed, see the summary");
        assertThat(Annotations.of("s", eleven.subList(0, 10), NOWHERE).lines().skip(9)).containsExactly(
                "::error title=s%3A t9::m");
    }

    @Test
    void aFileReportOfFilesAndNames(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("torn.json"));
        Path report = folder.resolve("new/report");
        Verdict verdict = verdict("gate fork",
                List.of(Entry.ofFile(file, new Outcome.Failed(List.of("line 1: empty", "line 2: none"))),
                        new Entry("a `b`\nc", new Outcome.Passed()),
                        new Entry("far\u0000", new Outcome.NotEvaluated("two heads")),
                        new Entry("worse", new Outcome.Failed("it is wrong"))))
                .withError(new Obstacle("lost", "lost: found none", "lost.json"));

        ReportFolder.write(verdict, report);

        assertThat(report.resolve("verdict.json")).hasContent(VerdictJson.of(verdict, true) + "\n");
        assertThat(Files.readString(report.resolve("summary.md"))).isEqualTo("# gate fork\n\n- **FAILED**: `" + file
                + "`\n  - line 1: empty\n  - line 2: none\n- **FAILED**: `worse`\n  - it is wrong\n- **not judged**: `lost`\n"
                + "  - lost: found none\n- passed: `a  b  c`\n- not evaluated: `far\u0000`\n  - two heads\n");
        assertThat(Files.readString(report.resolve("annotations.txt"))).isEqualTo("::error title=gate fork%3A "
                + file.toString().replace(":", "%3A").replace(",", "%2C") + "::line 1: empty%0Aline 2: none\n"
                + "::error title=gate fork%3A worse::it is wrong\n"
                + "::error title=gate fork%3A lost::lost: found none\n"
                + "::notice title=gate fork::1 not evaluated, see the summary\n");
        assertThat(Files.readString(report.resolve("report.html")))
                .contains("1 passed, 2 FAILED, 1 not evaluated, 1 NOT JUDGED");
        assertThat(report.resolve("allure-results/environment.properties")).content().contains("cpu=", "jvm=", "os=");
        assertThat(AllureResults.in(report.resolve("allure-results"))).extracting(result -> result.at("/status")
                .asText() + ": " + result.at("/statusDetails/message").asText()).containsExactlyInAnyOrder(
                        "failed: DIFFERENCE: " + file + ": line 1: empty; line 2: none", "passed: ",
                        "skipped: NOT EVALUATED: far\u0000: two heads", "failed: DIFFERENCE: worse: it is wrong",
                        "broken: NOT JUDGED: lost: found none");
    }

    @Test
    void aPageWithFiguresLeavesThemAsFilesAndInItsResult(@TempDir Path folder) throws Exception {
        Figure figure = new Figure("lines", "One line", new Figure.Lines("noise", "recall",
                List.of(new Figure.Point("a", 0, 1, 0.9, 1.1), new Figure.Point("a", 1, 0.5, 0.4, 0.6))));
        String html = Page.table(List.of(List.of("a", "<1>"), List.of("b")));

        ReportFolder.write(verdict("gate claims", List.of(
                new Entry("drawn", new Outcome.Failed("1 is not 2"))
                        .with(new Page(html, List.of(figure), "a,b\n1,2\n")),
                new Entry("plain", new Outcome.Passed()).with(new Page("<p>words</p>", List.of(), "")),
                new Entry("skipped", new Outcome.NotEvaluated("no trace"))), "# claims"), folder.resolve("new"));

        assertThat(html).isEqualTo("<table><tr><td>a</td><td>&lt;1&gt;</td></tr><tr><td>b</td></tr></table>");
        assertThat(Files.readString(folder.resolve("new/summary.md"))).isEqualTo("# claims\n");
        assertThat(folder.resolve("new/lines.svg")).hasContent(figure.svg());
        assertThat(folder.resolve("new/lines.png")).hasBinaryContent(figure.png());
        assertThat(Files.readString(folder.resolve("new/report.html"))).contains("<h2>drawn</h2>\n" + html + "\n",
                "<h2>plain</h2>\n<p>words</p>\n", "<th scope=\"row\">drawn</th><td>1 is not 2</td>")
                .doesNotContain(" href=\"");
        Path results = folder.resolve("new/allure-results");
        assertThat(results.resolve("environment.properties")).content().contains("cpu=");
        List<JsonNode> pages = AllureResults.in(results);
        assertThat(pages).extracting(page -> page.at("/name").asText() + " " + page.at("/status").asText() + " "
                + page.at("/statusDetails/message").asText())
                .containsExactly("drawn failed DIFFERENCE: drawn: 1 is not 2",
                        "plain passed ", "skipped skipped NOT EVALUATED: skipped: no trace");
        assertThat(pages.get(0).at("/descriptionHtml").asText()).isEqualTo(html + figure.html());
        assertThat(pages.get(0).at("/attachments").findValuesAsText("name")).containsExactly("data");
        assertThat(pages.get(0).at("/attachments").findValuesAsText("type")).containsExactly("text/csv");
        assertThat(results.resolve(pages.get(0).at("/attachments/0/source").asText())).hasContent("a,b\n1,2\n");
        assertThat(pages.get(1).at("/attachments")).isEmpty();
        assertThat(pages.get(1).at("/descriptionHtml").asText()).isEqualTo("<p>words</p>");
    }
}
