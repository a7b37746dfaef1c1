package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What CI systems read of a report: JUnit XML, annotations, a summary that fits. */
class ToolReportsTests {
    private static final List<Tested> ONE_EACH = List.of(new Tested("good", Tested.Status.PASSED, "", "good.json"),
            new Tested("bad, \"one\"", Tested.Status.FAILED, "50 % off\nreproduce: <line> & more\u0000\ud800",
                    "a:b.json"),
            new Tested("far", Tested.Status.NOT_EVALUATED, "two heads", ""),
            new Tested("torn", Tested.Status.NOT_JUDGED, "no such file", ""));

    private static Element parsed(String xml) throws Exception {
        return DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8))).getDocumentElement();
    }

    @Test
    void junitXml() throws Exception {
        Element suite = parsed(JUnitXml.of("gate check", ONE_EACH));

        assertThat(suite.getTagName()).isEqualTo("testsuite");
        assertThat(suite.getAttribute("tests")).isEqualTo("4");
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        assertThat(suite.getAttribute("errors")).isEqualTo("1");
        assertThat(suite.getAttribute("skipped")).isEqualTo("1");
        NodeList tests = suite.getElementsByTagName("testcase");
        assertThat(((Element) tests.item(0)).hasChildNodes()).isFalse();
        Element failure = (Element) suite.getElementsByTagName("failure").item(0);
        assertThat(failure.getAttribute("message")).isEqualTo("50 % off");
        assertThat(failure.getTextContent()).isEqualTo("50 % off\nreproduce: <line> & more\ufffd\ufffd");
        assertThat(((Element) suite.getElementsByTagName("skipped").item(0)).getAttribute("message"))
                .isEqualTo("two heads");
        assertThat(((Element) tests.item(1)).getAttribute("name")).isEqualTo("bad, \"one\"");
    }

    @Test
    void thePageHasWhatDidNotPassFirst() {
        String html = HtmlSummary.of("gate <check>", ONE_EACH, Map.of("good", "<b>all of it</b>"));

        assertThat(html).startsWith("<!doctype html>").contains("<h1>gate &lt;check&gt;</h1>")
                .contains("<p>1 passed, 1 FAILED, 1 not evaluated, 1 NOT JUDGED</p>")
                .containsSubsequence("<td>bad, ", "reproduce: &lt;line&gt; &amp; more", "<td>torn</td>", "<td>far</td>",
                        "two heads", "<td>good</td>", "<h2>good</h2>\n<b>all of it</b>")
                .doesNotContain("src=", "href=");
    }

    @Test
    void annotationsAreWorkflowCommands() {
        assertThat(Annotations.of("gate check", ONE_EACH)).isEqualTo(
                """
                        ::error file=a%3Ab.json,title=gate check%3A bad%2C "one"::50 %25 off%0Areproduce: <line> & more\u0000\ud800
                        ::error title=gate check%3A torn::no such file
                        ::notice title=gate check::1 not evaluated, see the summary
                        """);
    }

    @Test
    void annotationsEndWhereGithubStopsShowingThem() {
        List<Tested> many = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            many.add(new Tested("case " + i, Tested.Status.FAILED, "x".repeat(2000), ""));
        }
        List<String> lines = Annotations.of("s", many).lines().toList();

        assertThat(lines).hasSize(10);
        assertThat(lines.getFirst()).hasSizeLessThan(1100).endsWith("x...");
        assertThat(lines.getLast()).isEqualTo("::error title=s::16 more failed, see the summary");
        assertThat(Annotations.of("s", many.subList(0, 10)).lines()).hasSize(10)
                .noneMatch(line -> line.contains("more"));
    }

    @Test
    void theSummaryOfAFileReportFits(@TempDir Path folder) throws Exception {
        Map<String, List<String>> problems = new LinkedHashMap<>();
        problems.put("good", List.of());
        problems.put("far", List.of());
        for (int i = 0; i < 20; i++) {
            problems.put("bad " + i, List.of("y".repeat(100_000)));
        }
        FileReport.write(folder, "gate fork", problems, Map.of("far", "two heads"), "{}");

        String summary = Files.readString(folder.resolve("summary.md"));
        assertThat(Files.size(folder.resolve("summary.md"))).isLessThan(1 << 20);
        assertThat(summary).startsWith("# gate fork\n\n- passed: `good`\n- not evaluated: `far`\n  - two heads\n"
                + "- **FAILED**: `bad 0`\n").containsPattern("cut: \\d+ more lines; the JSON verdict has everything");
        assertThat(parsed(Files.readString(folder.resolve("junit.xml"))).getAttribute("failures")).isEqualTo("20");
        assertThat(Files.readString(folder.resolve("annotations.txt")))
                .startsWith("::error title=gate fork%3A bad 0::");
    }

    @Test
    void pagesAreTestsToo(@TempDir Path folder) throws Exception {
        PageReport.write(folder, "gate health",
                List.of(new Page("smoke", "", List.of(), "", new Page.Passed()),
                        new Page("slots", "", List.of(), "", new Page.Failed("no 400")),
                        new Page("trace", "", List.of(), "", new Page.Skipped("no trace given"))),
                "# health\n" + "z".repeat(2 << 20) + "\n", "{}");

        Element suite = parsed(Files.readString(folder.resolve("junit.xml")));
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        assertThat(suite.getAttribute("skipped")).isEqualTo("1");
        assertThat(Files.readString(folder.resolve("annotations.txt"))).isEqualTo("""
                ::error title=gate health%3A slots::no 400
                ::notice title=gate health::1 not evaluated, see the summary
                """);
        assertThat(Files.readString(folder.resolve("summary.md")))
                .isEqualTo("# health\n\ncut: 1 more lines; the JSON verdict has everything\n");
    }
}
