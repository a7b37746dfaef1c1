package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.sidecar.synthesis.SidecarDamage;

/** {@code gate sidecar validate --sarif FILE}. */
class SarifTests {
    @TempDir
    private Path folder;

    private JsonNode sarif(Path sidecar, int code) throws IOException {
        Path file = folder.resolve("findings.sarif");
        GateRun run = GateRun.of("sidecar", "validate", sidecar, "--sarif", file);
        assertThat(run.code()).isEqualTo(code);
        return new ObjectMapper().readTree(file.toFile());
    }

    @Test
    void aFindingIsAResultWithItsByte() throws Exception {
        Path damaged = folder.resolve("a side car.gguf");
        Files.write(damaged, SidecarDamage.PAYLOAD_VALUE.applyTo(Files.readAllBytes(EditedFixture.sidecar("basic"))));

        JsonNode json = sarif(damaged, 1);

        assertThat(json.path("version").textValue()).isEqualTo("2.1.0");
        assertThat(json.path("$schema").textValue()).endsWith("/sarif-2.1.0.json");
        JsonNode run = json.at("/runs/0");
        assertThat(run.at("/tool/driver/name").textValue()).isEqualTo("rwkv-ms-gate");
        JsonNode findings = GateRun.of("sidecar", "validate", damaged, "--json").json().path("findings");
        assertThat(run.path("results")).hasSameSizeAs(findings).isNotEmpty();
        for (int i = 0; i < findings.size(); i++) {
            JsonNode result = run.path("results").get(i);
            JsonNode finding = findings.get(i);
            assertThat(result.path("ruleId")).isEqualTo(finding.path("code"));
            assertThat(run.at("/tool/driver/rules").get(result.path("ruleIndex").intValue()).path("id"))
                    .isEqualTo(finding.path("code"));
            assertThat(result.path("level").textValue())
                    .isEqualTo(finding.path("severity").textValue().equals("ERROR") ? "error" : "warning");
            assertThat(result.at("/message/text")).isEqualTo(finding.path("message"));
            JsonNode offset = result.at("/locations/0/physicalLocation/region/byteOffset");
            assertThat(offset.isMissingNode()).isEqualTo(finding.path("byte_offset").isNull());
            assertThat(offset.asLong(-1)).isEqualTo(finding.path("byte_offset").asLong(-1));
            assertThat(result.at("/locations/0/physicalLocation/artifactLocation/uri").textValue())
                    .startsWith("file:///").endsWith("/a%20side%20car.gguf");
        }
        assertThat(run.path("results").findValuesAsText("ruleId")).contains("PAYLOAD_VALUE");
        assertThat(run.path("results").findValues("byteOffset")).isNotEmpty();
    }

    @Test
    void aValidSidecarHasNoErrors() throws Exception {
        JsonNode json = sarif(EditedFixture.sidecar("basic"), 0);

        assertThat(json.at("/runs/0/results").findValuesAsText("level")).doesNotContain("error");
    }
}
