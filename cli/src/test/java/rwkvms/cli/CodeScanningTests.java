package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.gguf.Rulings;
import rwkvms.report.SarifLog;
import rwkvms.sidecar.synthesis.SidecarDamage;
import rwkvms.sidecar.validation.Finding;
import rwkvms.sidecar.validation.FindingCode;

/** {@code gate sidecar validate --sarif FILE} by the rules of GitHub's code scanning. */
final class CodeScanningTests {
    /** The number of findings of one code that the validator lists. */
    private static final int MAX_FINDINGS = 100;

    @TempDir
    private Path folder = Path.of("");

    private JsonNode sarif(Path sidecar) throws IOException {
        Path file = folder.resolve("findings.sarif");
        GateRun.of("sidecar", "validate", sidecar, "--sarif", file);
        return new ObjectMapper().readTree(file.toFile());
    }

    private static ObjectNode log(List<Finding> findings) throws IOException {
        return SarifLog.of(ValidationDetailsTests.sarif(Path.of("s.gguf"), 0, findings.toArray(Finding[]::new)),
                Path.of("").toRealPath());
    }

    private static Finding finding(FindingCode code, long at, String found) {
        return new Finding(code, "key a", at, "less", found, Rulings.UNDECIDED);
    }

    @ParameterizedTest
    @EnumSource
    void everyDamageIsShown(SidecarDamage damage) throws IOException {
        Path file = Files.write(folder.resolve("a side car.gguf"),
                damage.applyTo(Files.readAllBytes(EditedFixture.sidecar("basic"))));
        JsonNode log = sarif(file);
        assertThat(CodeScanning.problems(log)).isEmpty();
        JsonNode findings = GateRun.of("sidecar", "validate", file, "--json").json().path("findings");
        assertThat(findings).isNotEmpty();
        assertThat(log.at("/runs/0/results").findValuesAsText("ruleId"))
                .isEqualTo(findings.findValuesAsText("code"));
        assertThat(log.at("/runs/0/artifacts/0/location/uri").textValue()).startsWith("file:///")
                .endsWith("/a%20side%20car.gguf");
    }

    @Test
    void aSoundSidecarHasNoAlerts() throws IOException {
        JsonNode log = sarif(EditedFixture.sidecar("basic"));
        assertThat(CodeScanning.problems(log)).isEmpty();
        assertThat(log.at("/runs/0/results")).isEmpty();
    }

    /** The largest number of findings, each with a long text that does not compress. */
    @Test
    void theWorstFileIsNotRejected() throws IOException {
        Random random = new Random(12);
        List<Finding> findings = new ArrayList<>();
        for (FindingCode code : FindingCode.values()) {
            for (int i = 0; i < MAX_FINDINGS; i++) {
                byte[] noise = new byte[600];
                random.nextBytes(noise);
                findings.add(finding(code, i, HexFormat.of().formatHex(noise)));
            }
        }
        JsonNode log = log(findings);
        assertThat(CodeScanning.problems(log)).isEmpty();
        assertThat(log.at("/runs/0/results")).hasSize(findings.size());
    }

    /** The same fault elsewhere in the file is the same alert; a second one is another. */
    @Test
    void anAlertOutlivesAByte() throws IOException {
        String first = hash(log(List.of(finding(FindingCode.RANK, 7, "9"))), 0);
        ObjectNode later = log(List.of(finding(FindingCode.RANK, 70, "10"), finding(FindingCode.RANK, 90, "11")));
        assertThat(hash(later, 0)).isEqualTo(first);
        assertThat(hash(later, 1)).isNotEqualTo(first);
    }

    private static String hash(JsonNode log, int result) {
        return log.at("/runs/0/results/" + result + "/partialFingerprints/primaryLocationLineHash").textValue();
    }

    /** Every rule refuses something. */
    @ParameterizedTest
    @ValueSource(strings = {"/$schema", "/version", "/runs", "/runs/0/tool/driver/name", "/runs/0/tool/driver/rules",
            "/runs/0/results", "/runs/0/tool/driver/rules/0/id", "/runs/0/tool/driver/rules/0/shortDescription/text",
            "/runs/0/tool/driver/rules/0/fullDescription/text", "/runs/0/tool/driver/rules/0/help/text",
            "/runs/0/tool/driver/rules/0/defaultConfiguration/level", "/runs/0/results/0/message/text",
            "/runs/0/results/0/level", "/runs/0/results/0/ruleIndex", "/runs/0/results/0/locations",
            "/runs/0/results/0/partialFingerprints/primaryLocationLineHash",
            "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
            "/runs/0/results/0/locations/0/physicalLocation/region/startLine",
            "/runs/0/results/0/locations/0/physicalLocation/region/startColumn",
            "/runs/0/results/0/locations/0/physicalLocation/region/endLine",
            "/runs/0/results/0/locations/0/physicalLocation/region/endColumn"})
    void whatIsRequiredIsMissed(String pointer) throws IOException {
        ObjectNode log = log(List.of(finding(FindingCode.RANK, 7, "9")));
        int last = pointer.lastIndexOf('/');
        assertThat(log.at(pointer.substring(0, last))).isInstanceOfSatisfying(ObjectNode.class,
                owner -> assertThat(owner.remove(pointer.substring(last + 1))).isNotNull());
        assertThat(CodeScanning.problems(log)).isNotEmpty();
    }

    @Test
    void pathsAreSeenFromTheRepository() throws IOException {
        Path repository = Files.createDirectories(folder.resolve("repository")).toRealPath();
        Path deep = Files.createDirectories(repository.resolve("models/small"));
        Files.createDirectories(repository.resolve(".git"));
        assertThat(SarifLog.root(deep)).isEqualTo(repository);
        Path file = Files.createFile(deep.resolve("s.gguf"));
        Path link = Files.createSymbolicLink(repository.resolve("latest.gguf"), file);
        assertThat(SarifLog.of(ValidationDetailsTests.sarif(link, 0), repository)
                .at("/runs/0/artifacts/0/location/uri").textValue()).isEqualTo("models/small/s.gguf");
    }
}
