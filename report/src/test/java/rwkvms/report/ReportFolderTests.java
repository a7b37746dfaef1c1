package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;

/** Every file that {@code gate check --report DIR} writes. */
final class ReportFolderTests {
    private static final Provenance PROVENANCE = new Provenance(new TreeMap<>()).with("cpu", "a <CPU>");

    @TempDir
    private Path folder = Path.of("");

    private static CheckedCase judged(CaseResult outcome, String file) {
        return new CheckedCase(outcome, "gate " + outcome.caseName(),
                file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file)));
    }

    private static Verdict verdict(List<String> errors, CheckedCase... judged) {
        return new CheckDetails(List.of("reference"), Tolerance.DEFAULT, List.of(judged))
                .verdict(Obstacle.inputs(errors), PROVENANCE, "gate all");
    }

    private String text(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    @Test
    void aRunLeavesWhatPeopleAndToolsRead() throws Exception {
        CheckResult differing = Verdicts.differing("b", 2);
        Verdict verdict = verdict(List.of("e.json: empty", "f.json: torn"), judged(Verdicts.passed("a"), "a.json"),
                judged(differing, "b.json"), judged(Verdicts.missed("d"), "d.json"));

        ReportFolder.write(verdict, folder.resolve("new/one"));
        folder = folder.resolve("new/one");

        assertThat(text("verdict.json")).isEqualTo(VerdictJson.of(verdict, true) + "\n");
        assertThat(text("summary.md")).isEqualTo(MarkdownSummary.of(verdict));
        String message = "readout, reads[0, 0, 1] (token 0, layer 3): expected 1.0, found 2.0";
        assertThat(text("junit.xml")).isEqualTo("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + "<testsuite name=\"gate check\" tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\">"
                + "<testcase classname=\"gate check\" name=\"a on reference\"></testcase>"
                + "<testcase classname=\"gate check\" name=\"b on reference\"><failure message=\"" + message + "\">"
                + message + "\nreproduce: gate b</failure></testcase>"
                + "<testcase classname=\"gate check\" name=\"d on reference\"><skipped message=\"two heads\">"
                + "</skipped></testcase>"
                + "<testcase classname=\"gate check\" name=\"input 1\"><error message=\"e.json: empty\">"
                + "e.json: empty</error></testcase>"
                + "<testcase classname=\"gate check\" name=\"input 2\"><error message=\"f.json: torn\">"
                + "f.json: torn</error></testcase></testsuite>\n");
        assertThat(text("annotations.txt")).isEqualTo("::error title=gate check%3A b on reference::"
                + message + "%0Areproduce: gate b\n::error title=gate check%3A input 1::e.json: empty\n"
                + "::error title=gate check%3A input 2::f.json: torn\n"
                + "::notice title=gate check::1 not evaluated, see the summary\n");
        assertThat(text("report.html")).isEqualTo(HtmlSummary.of(verdict));
        assertThat(text("allure-results/environment.properties")).contains("cpu=a <CPU>");
        assertThat(AllureResults.in(folder.resolve("allure-results"))).extracting(ReportFolderTests::line)
                .containsExactly("gate check, a on reference: passed ",
                        "gate check, b on reference: failed DIFFERENCE: b on reference: " + message + "\n  gate b",
                        "gate check, d on reference: skipped NOT EVALUATED: d on reference: two heads",
                        "gate check, input 1: broken NOT JUDGED: e.json: empty",
                        "gate check, input 2: broken NOT JUDGED: f.json: torn");
    }

    private static String line(JsonNode result) {
        return result.at("/labels/0/value").asText() + ", " + result.at("/name").asText() + ": "
                + result.at("/status").asText() + " " + result.at("/statusDetails/message").asText();
    }

    @Test
    void theOnlyCaseHasItsPageThoughItPassed() throws Exception {
        ReportFolder.write(verdict(List.of(), judged(Verdicts.passed("a"), "")), folder);

        assertThat(text("report.html")).contains("<h2>a on reference</h2>\n<p><b>a on reference: passed</b>");
        assertThat(AllureResults.in(folder.resolve("allure-results")).getFirst().at("/descriptionHtml").asText())
                .startsWith("<p><b>a on reference: passed</b>");
    }

    @Test
    void aFileIsNoFolderToWriteInto() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> ReportFolder.write(verdict(List.of()), file)).isInstanceOf(IOException.class)
                .hasMessage("--report " + file + ": expected a folder, or none yet, found a file");
    }

    @Test
    void aFolderMayBeThereAlready() throws Exception {
        ReportFolder.write(verdict(List.of(), judged(Verdicts.missed("a"), "")), folder);
        ReportFolder.write(verdict(List.of(), judged(Verdicts.missed("b"), "")), folder);

        assertThat(text("junit.xml")).contains("b on reference").doesNotContain("a on reference");
        assertThat(AllureResults.in(folder.resolve("allure-results"))).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"verdict.json", "summary.md", "junit.xml", "report.html",
            "allure-results/environment.properties"})
    void aFileThatCannotBeWrittenIsNamed(String name) throws Exception {
        Path full = folder.resolve(name);
        Files.createDirectories(full.getParent());
        Files.createSymbolicLink(full, Path.of("/dev/full"));

        assertThatThrownBy(() -> ReportFolder.write(verdict(List.of(), judged(Verdicts.passed("a"), "a.json")), folder))
                .isInstanceOf(FileSystemException.class).hasMessage(full + ": No space left on device");
    }
}
