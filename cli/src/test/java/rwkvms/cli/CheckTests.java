package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.file.Sha256;
import rwkvms.math.MathTensor;
import rwkvms.tensor.DType;

/** What passes, what is not evaluated, and what the verdict says (gate.md). */
final class CheckTests {
    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"reference", "native"})
    void aGoldenCasePassesWithEveryTensor(String runtime) throws Exception {
        GateRun run = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("basic"), "--runtime", runtime, "--json");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        JsonNode verdict = run.json();
        assertThat(verdict.at("/ok").booleanValue()).isTrue();
        assertThat(verdict.at("/compared").intValue()).isEqualTo(33);
        assertThat(verdict.at("/expected").intValue()).isEqualTo(33);
        assertThat(verdict.at("/values").intValue()).isEqualTo(1749);
        assertThat(verdict.at("/sidecar").booleanValue()).isTrue();
        assertThat(verdict.at("/runtime").textValue()).isEqualTo(runtime);
        assertThat(verdict.at("/max_abs_diff").doubleValue()).isBetween(Double.MIN_VALUE, 1e-5);
        assertThat(MathTensor.ofLabel(verdict.at("/max_abs_diff_tensor").textValue())).isPresent();
        assertThat(verdict.at("/first_divergence").isNull()).isTrue();
        assertThat(verdict.at("/rtol").doubleValue()).isEqualTo(1e-5);
        assertThat(verdict.at("/atol").doubleValue()).isEqualTo(1e-5);
        assertThat(verdict.at("/errors").isArray()).isTrue();
        assertThat(verdict.at("/errors")).isEmpty();
        assertThat(verdict.at("/not_evaluated")).isEmpty();
        assertThat(verdict.at("/reproduce").textValue()).contains(" check --fixture ");
    }

    @Test
    void theProvenanceHasTheDateOfTheRun() throws Exception {
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);

        String date = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("basic"), "--json").json()
                .at("/provenance/date").textValue();

        assertThat(date).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
        assertThat(Instant.parse(date)).isBetween(before, Instant.now());
    }

    @Test
    void theProvenanceHashesEveryInputAndLibrary() throws Exception {
        JsonNode provenance = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("basic"), "--json").json()
                .at("/provenance");

        assertThat(provenance.at("/sha256 basic fixture: fixture.json.gz").textValue())
                .isEqualTo(Sha256.of(EditedFixture.fixture("basic")));
        assertThat(provenance.at("/sha256 basic sidecar: sidecar.gguf").textValue())
                .isEqualTo(Sha256.of(EditedFixture.sidecar("basic")));
        assertThat(provenance.at("/sha256 basic base: base.gguf").textValue())
                .isEqualTo(Sha256.of(EditedFixture.base()));
        assertThat(provenance.properties()).extracting(entry -> entry.getKey())
                .anyMatch(key -> key.matches("sha256 library: (lib)?rwkv_ms\\..*"))
                .anyMatch(key -> key.matches("sha256 library: (lib)?ggml-base\\..*"))
                .contains("jvm", "os", "cpu", "gate", "native.version", "native.build");
        provenance.properties().stream().filter(entry -> entry.getKey().startsWith("sha256 "))
                .forEach(entry -> assertThat(entry.getValue().textValue()).matches("[0-9a-f]{64}"));
    }

    @Test
    void withoutASidecarElevenTensorsAreComparedAndTheVerdictSaysSo() throws Exception {
        GateRun json = GateRun.of("check", "--fixture", EditedFixture.fixture("basic"), "--runtime", "reference",
                "--json");

        assertThat(json.code()).isZero();
        assertThat(json.json().at("/compared").intValue()).isEqualTo(11);
        assertThat(json.json().at("/expected").intValue()).isEqualTo(11);
        assertThat(json.json().at("/sidecar").booleanValue()).isFalse();
        assertThat(GateRun.of("check", "--fixture", EditedFixture.fixture("basic"), "--runtime", "reference").out())
                .contains("note: no sidecar: only the 11 tensors that need no weights are compared");
    }

    @Test
    void theTextHasALineForTheCaseOneForEachTensorAndASummary() {
        GateRun run = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("basic"), "--runtime", "reference");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("passed  basic ").contains("33/33 tensors")
                .contains(System.lineSeparator() + "passed: 33 of 33 tensors, 1749 values, on reference, max abs diff ")
                .doesNotContain("reproduce").doesNotContain("\u001b");
        assertThat(run.out().lines()).hasSize(1 + 1 + 33 + 1);
    }

    @Test
    void theFullCheckCoversEveryCommittedCaseOnBothRuntimes() throws Exception {
        GateRun run = GateRun.of("check", "--json");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        JsonNode verdict = run.json();
        int cases = GoldenFolder.cases(GateRun.ROOT).size();
        assertThat(verdict.at("/runtime").textValue()).isEqualTo("reference,native");
        assertThat(verdict.at("/not_evaluated").findValuesAsText("case")).containsExactly("heads-2",
                "heads-2-semantics-2", "heads-4", "v1-heads2");
        assertThat(verdict.at("/not_evaluated").findValuesAsText("runtime")).containsOnly("native");
        assertThat(verdict.at("/cases")).hasSize(2 * cases - 4 + 2 * 2).extracting(one -> one.path("case").textValue())
                .endsWith("tokens-64", "tokens-64", "tokens-64 in chunks of 32", "tokens-64 in chunks of 32");
        int expected = 0;
        for (JsonNode one : verdict.at("/cases")) {
            expected += one.at("/expected").intValue();
            assertThat(one.at("/compared").intValue()).isEqualTo(one.at("/expected").intValue()).isGreaterThan(30);
            assertThat(one.at("/tensors").isMissingNode()).isTrue();
        }
        assertThat(verdict.at("/expected").intValue()).isEqualTo(expected);
        assertThat(verdict.at("/compared").intValue()).isEqualTo(expected);
        assertThat(verdict.at("/reproduce").textValue()).endsWith("gate check");
    }

    @Test
    void aSingleFixtureThatTheRuntimeCannotRunIsNotEvaluatedAndExits2() throws Exception {
        GateRun run = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("heads-2"), "--runtime", "native",
                "--json");

        assertThat(run.code()).isEqualTo(2);
        JsonNode verdict = run.json();
        assertThat(verdict.at("/ok").booleanValue()).isFalse();
        assertThat(verdict.at("/compared").intValue()).isZero();
        assertThat(verdict.at("/expected").intValue()).isZero();
        assertThat(verdict.at("/max_abs_diff").isNull()).isTrue();
        assertThat(verdict.at("/cases")).isEmpty();
        assertThat(verdict.at("/not_evaluated/0/reason").textValue())
                .contains("num_state_heads: expected 1, found 2");
        assertThat(run.errors()).singleElement().asString().startsWith("gate: heads-2 on native: not evaluated: ");
        assertThat(verdict.at("/errors/0").textValue()).isEqualTo(run.errors().getFirst().substring(6));
    }

    @Test
    void aFixtureThatSaysLittlePassesAndIsMistrusted() throws Exception {
        GateRun text = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("all-masked"), "--runtime", "reference");

        assertThat(text.code()).isZero();
        assertThat(text.out()).contains("mistrusted: raw_reads: 32 of 32 values are 0")
                .contains("mistrusted: cannot tell the scan from one with the read after the write")
                .containsPattern("passed: 34 of 34 tensors, .*, 1 mistrusted");
        JsonNode verdict = GateRun.of("check", "--fixture", GateRun.GOLDEN.resolve("all-masked"), "--runtime",
                "reference", "--json").json();
        assertThat(verdict.at("/ok").booleanValue()).isTrue();
        assertThat(verdict.at("/cases/0/mistrusted")).hasSize(11);
        assertThat(verdict.at("/mistrusted/3").textValue())
                .isEqualTo("all-masked on reference: raw_reads: 32 of 32 values are 0");
    }

    @Test
    void aFixtureOfANarrowerTypeIsMeasuredAndNotJudged() throws Exception {
        Path half = EditedFixture.write("basic", folder.resolve("half.json"),
                fixture -> EditedFixture.computedIn(fixture, DType.FLOAT16));

        GateRun run = GateRun.of("check", "--fixture", half, "--runtime", "reference", "--sidecar",
                EditedFixture.sidecar("basic"));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).startsWith("not evaluated  half on reference: the fixture was computed in float16")
                .contains("NOT JUDGED: 0 of 0 tensors, 0 values, on reference, 1 not evaluated");
    }

    @Test
    void fewerTensorsThanExpectedIsNotOk() throws Exception {
        Path less = EditedFixture.write("basic", folder.resolve("less.json"),
                fixture -> EditedFixture.without(fixture, MathTensor.READS));

        GateRun run = GateRun.of("check", "--fixture", less, "--runtime", "reference", "--sidecar",
                EditedFixture.sidecar("basic"), "--json");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().at("/ok").booleanValue()).isFalse();
        assertThat(run.json().at("/compared").intValue()).isEqualTo(32);
        assertThat(run.json().at("/expected").intValue()).isEqualTo(33);
        assertThat(run.json().at("/errors/0").textValue()).isEqualTo(
                "less on reference: expected.reads is missing from the fixture; nothing to compare with");
        assertThat(run.err())
                .isEqualTo("gate: less on reference: expected.reads is missing from the fixture; nothing to"
                        + " compare with" + System.lineSeparator());
    }

    @Test
    void aFixtureWithoutWhatTheScanIsReplayedFromCannotBeJudgedWithoutItsSidecar() throws Exception {
        Path less = EditedFixture.write("basic", folder.resolve("less.json"),
                fixture -> EditedFixture.without(fixture, MathTensor.FEATURE_R));

        GateRun run = GateRun.of("check", "--fixture", less, "--runtime", "native");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + less
                + ": expected.feature_r: the tensor is missing; without"
                + " a sidecar the scan is replayed from it; correct what generated the file (docs/spec/fixture.md)");
    }

    @Test
    void aFolderStandsForItsFilesUnlessOthersAreNamed() throws Exception {
        Files.copy(EditedFixture.fixture("basic"), folder.resolve("fixture.json.gz"));

        GateRun alone = GateRun.of("check", "--fixture", folder, "--runtime", "reference", "--json");
        GateRun with = GateRun.of("check", "--fixture", folder, "--sidecar", EditedFixture.sidecar("basic"),
                "--runtime",
                "reference", "--json");

        assertThat(alone.json().at("/compared").intValue()).isEqualTo(11);
        assertThat(with.json().at("/compared").intValue()).isEqualTo(33);
        assertThat(with.json().at("/cases/0/case").textValue()).isEqualTo(folder.getFileName().toString());
    }
}
