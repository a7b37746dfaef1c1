package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.allure.JudgedTest.Status;

final class VerdictFilesTests {
    private static final String COMMIT = "0123456789".repeat(4);
    private static final String VERDICT = """
            {"ok":false,"errors":["heads: scan"],"suite":"gate check","provenance":{"commit":"COMMIT","device":"Vulkan0"},
             "cases":[{"case":"basic","runtime":"native on Vulkan0","ok":true,"max_of_limit":0.25},
              {"case":"heads","runtime":"native on Vulkan0","ok":false,"max_of_limit":"Infinity","errors":["no reads"]}],
             "not_evaluated":[{"case":"far","runtime":"native on Vulkan0","reason":"two heads"}],
             "comparison":{"since":"old.json","accuracy":"worse","drift":[{},{}],"lost":[{}],"failed":[]}}"""
            .replace("COMMIT", COMMIT);

    @TempDir
    private Path folder = Path.of("");

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    @Test
    void casesDevicesAndDriftOfAVerdictAreOnThePage() throws Exception {
        List<JudgedTest> tests = VerdictFiles.of("gpu/verdict.json", json(VERDICT), COMMIT);

        assertThat(tests).extracting(test -> test.name() + ": " + test.status() + " " + test.message()).containsExactly(
                "basic on native on Vulkan0: PASSED ", "heads on native on Vulkan0: FAILED no reads",
                "far on native on Vulkan0: NOT_EVALUATED two heads", "gpu/verdict.json: FAILED heads: scan");
        assertThat(tests.getFirst().parameters()).isEqualTo(Map.of("case", "basic", "runtime", "native on Vulkan0",
                "device", "Vulkan0", "of limit", "0.25"));
        assertThat(ReleasePage.of(tests, Map.of(), "now")).contains("FAILED: 2 of 3 tests",
                "<td>Vulkan0</td><td>-</td><td>2 cases</td><td><span class=\"bad\">1 FAILED</span></td>"
                        + "<td>none: heads on native on Vulkan0</td>",
                "<td>accuracy worse since old.json; tensors that drifted: 2, losses of coverage: 1, new failures: 0"
                        + " <span class=\"bad\">FAILED</span></td>");
    }

    /** What another commit passed, this one may fail. */
    @Test
    void aVerdictOfAnotherCommitIsNoneOfThisBuild() throws Exception {
        assertThat(VerdictFiles.of("v", json(VERDICT), "1" + COMMIT)).singleElement().satisfies(test -> {
            assertThat(test.status()).isEqualTo(Status.NOT_EVALUATED);
            assertThat(test.message())
                    .isEqualTo("expected a verdict of this build's commit, and a clean checkout, found "
                            + COMMIT + " and 1" + COMMIT);
        });
        assertThat(VerdictFiles.of("v", json("{\"ok\":true}"), "unknown")).singleElement().matches(JudgedTest::missed);
        assertThat(VerdictFiles.of("v", json(VERDICT.replace(COMMIT, COMMIT + "-dirty")), COMMIT + "-dirty"))
                .singleElement().matches(JudgedTest::missed);
    }

    @Test
    void aFolderWithoutVerdictsIsAnError() throws Exception {
        assertThatThrownBy(() -> VerdictFiles.below(folder, COMMIT)).isInstanceOf(IOException.class)
                .hasMessage("-Drelease.verdicts: " + folder + ": expected verdict.json below it, found none");
        assertThatThrownBy(() -> VerdictFiles.below(folder.resolve("no"), COMMIT)).isInstanceOf(IOException.class)
                .hasMessage("-Drelease.verdicts: " + folder.resolve("no") + ": expected a folder, found none");
        Files.writeString(Files.createDirectories(folder.resolve("a")).resolve("verdict.json"), VERDICT);
        assertThat(VerdictFiles.below(folder, COMMIT)).hasSize(4)
                .anyMatch(test -> test.name().equals("a/verdict.json"));
    }
}
