package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.math.MathTensor;

/** {@code --report DIR}: the report of the check; ReportFolderTests has its files for every outcome. */
final class ReportOptionTests {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path folder = Path.of("");

    private Path report = Path.of("");

    @BeforeEach
    void name() {
        report = folder.resolve("new/report");
    }

    @Test
    void aPassedCaseLeavesAll() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("step-trace"), "--runtime", "reference",
                "--json", "--report", report);

        assertThat(run.code()).isZero();
        assertThat(new ObjectMapper().readTree(report.resolve("verdict.json").toFile())).isEqualTo(run.json());
        assertThat(run.json().at("/cases/0/tensors")).hasSize(40);
        assertThat(summary()).startsWith("# RWKV-MS gate: passed").contains("40 of 40 tensors compared")
                .contains("| step-trace | reference | passed | 40/40 |");
        JsonNode result = onlyResult();
        assertThat(result.at("/status").textValue()).isEqualTo("passed");
        assertThat(result.at("/name").textValue()).isEqualTo("step-trace on reference");
        assertThat(result.at("/descriptionHtml").textValue()).doesNotContain("<img").contains("raw_reads")
                .contains("sha256 step-trace fixture: fixture.json.gz");
        assertThat(report.resolve("allure-results/environment.properties")).isRegularFile();
        assertThat(report.resolve("allure-results/categories.json")).isRegularFile();
    }

    @Test
    void aFailedCaseIsFailedWithItsPlaceAndItsLine() throws Exception {
        Path wrong = EditedFixture.write("basic", folder.resolve("wrong_case.json"),
                fixture -> EditedFixture.shifted(fixture, MathTensor.RAW_READS, 13, 2));

        GateRun run = GateRun.of("check", "--fixture", wrong, "--runtime", "reference", "--report", report, "--json");

        assertThat(run.code()).isEqualTo(1);
        assertThat(report.resolve("report.html")).content().contains("<h2>wrong_case on reference</h2>")
                .contains("raw_reads[0, 1, 5]").contains("data:image/");
        assertThat(report.resolve("annotations.txt")).content()
                .startsWith(
                        "::error title=gate check::1 of 1 case differs first in scan, raw_reads, from the second token"
                                + " on.%0AYour values are those of math.md within 1e-5; ")
                .contains("\n::error title=gate check%3A wrong_case on reference::scan, raw_reads[0, 1, 5] (token 1,"
                        + " layer 0)");
        JsonNode result = onlyResult();
        assertThat(result.at("/status").textValue()).isEqualTo("failed");
        assertThat(result.at("/statusDetails/message").textValue())
                .startsWith(
                        "DIFFERENCE: wrong_case on reference: scan, raw_reads[0, 1, 5] (token 1, layer 0): expected ")
                .endsWith("\n  " + run.json().at("/reproduce").textValue());
        assertThat(summary()).startsWith("# RWKV-MS gate: FAILED")
                .contains("- **FAILED**: wrong\\_case on reference: scan, raw\\_reads\\[0, 1, 5\\] (token 1, layer 0)")
                .contains("      " + run.json().at("/reproduce").textValue())
                .contains("| wrong\\_case | reference | **FAILED** | 1 of 11 differs |");
    }

    @Test
    void aReportThatCannotBeWrittenIsAnErrorOfTheVerdict() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));

        GateRun run = GateRun.of("check", "--fixture", EditedFixture.fixture("basic"), "--runtime", "reference",
                "--report",
                file, "--json");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: --report " + file
                + ": expected a folder, or none yet, found a file");
        assertThat(run.json().at("/ok").booleanValue()).isFalse();
        assertThat(run.json().at("/compared").intValue()).isEqualTo(11);
        assertThat(run.json().at("/errors")).hasSize(1);
    }

    private String summary() throws IOException {
        assertThat(Files.size(report.resolve("summary.md"))).isLessThan(MIB);
        return Files.readString(report.resolve("summary.md"));
    }

    private JsonNode onlyResult() throws IOException {
        try (Stream<Path> files = Files.list(report.resolve("allure-results"))) {
            List<Path> results = files.filter(file -> file.toString().endsWith("-result.json")).toList();
            assertThat(results).hasSize(1);
            return new ObjectMapper().readTree(results.getFirst().toFile());
        }
    }

    /** The JVM fails to draw where fontconfig finds no font; what it found earlier it keeps in the user's home. */
    @Test
    void withoutAFontThereIsTheVerdictAndASentence() throws Exception {
        Path settings = Files.writeString(folder.resolve("fonts.conf"), "<fontconfig></fontconfig>");
        Path wrong = EditedFixture.write("basic", folder.resolve("wrong_case.json"),
                fixture -> EditedFixture.shifted(fixture, MathTensor.RAW_READS, 13, 2));

        GateRun run = GateRun.ofProcess(GateRun.java(folder,
                List.of("-Drwkvms.root=" + GateRun.ROOT, "-Duser.home=" + folder), "check",
                "--fixture", wrong, "--runtime", "reference", "--report", report)
                .with(Map.of("FONTCONFIG_FILE", settings.toString())));

        assertThat(run.code()).as(run.err()).isEqualTo(1);
        assertThat(report.resolve("report.html")).content().contains("raw_reads[0, 1, 5]")
                .contains("no plot: this machine has no font; Debian: apt-get install fontconfig fonts-dejavu-core")
                .doesNotContain("data:image/");
    }
}
