package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.math.MathTensor;

/** A difference exits 1 and names stage, tensor and index, here with fixtures that are wrong at one place. */
final class ChangedFixtureTests {
    private static final int VALUE = 13;

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            MEMORY_V     | projection   | memory_v[0, 1, 5]     | 1  | reference
            LAMBDA       | projection   | lambda[0, 1, 5, 0]    | 1  | native
            FEATURE_W    | features     | feature_w[0, 1, 5]    | 1  | reference
            K_HEADS      | features     | k_heads[0, 1, 0, 5]   | 1  | native
            KEEP         | coefficients | keep[0, 1, 0, 5]      | 1  | reference
            W_DECAY      | coefficients | w_decay[0, 1, 0, 5]   | 1  | native
            WRITE_ROUTES | scan         | write_routes[0, 3, 1] | 3  | native
            RAW_READS    | scan         | raw_reads[0, 1, 5]    | 1  | native
            FINAL_STATE  | scan         | final_state[0, 0, 0, 1, 5] | -1 | reference
            READS        | readout      | reads[0, 1, 5]        | 1  | native
            DELTA_Q      | delta        | delta_q[0, 0, 13]     | 0  | reference
            DELTA_O      | delta        | delta_o[0, 0, 13]     | 0  | native
            """)
    void oneWrongValueIsNamed(MathTensor tensor, String stage, String place, int token, String runtime)
            throws Exception {
        Path wrong = EditedFixture.write("basic", folder.resolve("wrong.json.gz"),
                fixture -> EditedFixture.shifted(fixture, tensor, VALUE, 2));

        GateRun run = GateRun.of("check", "--fixture", wrong, "--sidecar", EditedFixture.sidecar("basic"), "--runtime",
                runtime, "--json");

        assertThat(run.code()).isEqualTo(1);
        JsonNode verdict = run.json();
        JsonNode first = verdict.at("/first_divergence");
        assertThat(verdict.at("/ok").booleanValue()).isFalse();
        assertThat(verdict.at("/compared").intValue()).isEqualTo(33);
        assertThat(verdict.at("/errors")).singleElement()
                .satisfies(error -> assertThat(run.errors()).containsExactly("gate: " + error.textValue()));
        assertThat(verdict.at("/max_abs_diff_tensor").textValue()).isEqualTo(tensor.label());
        assertThat(first.at("/stage").textValue()).isEqualTo(stage);
        assertThat(first.at("/tensor").textValue() + first.at("/index").toString().replace(",", ", "))
                .isEqualTo(place);
        assertThat(first.at("/token").asInt(-1)).isEqualTo(token);
        assertThat(first.at("/layer").intValue()).isZero();
        assertThat(first.at("/expected").doubleValue() - first.at("/actual").doubleValue()).isBetween(1.9999, 2.0001);
        String where = token < 0 ? "layer 0" : "token " + token + ", layer 0";
        assertThat(run.errors()).containsExactly("gate: wrong on " + runtime + ": " + stage + ", " + place + " ("
                + where + "): expected " + first.at("/expected").doubleValue() + ", found "
                + first.at("/actual").doubleValue());
    }

    @Test
    void whatIsWrongFirstInDataflowIsNamedFirst() throws Exception {
        Path wrong = EditedFixture.write("basic", folder.resolve("wrong.json"),
                fixture -> EditedFixture.shifted(
                        EditedFixture.shifted(EditedFixture.shifted(fixture, MathTensor.DELTA_O, 0, 9),
                                MathTensor.RAW_READS, 31, 1),
                        MathTensor.KEEP, 31, 0.5f));

        GateRun run = GateRun.of("check", "--fixture", wrong, "--sidecar", EditedFixture.sidecar("basic"), "--runtime",
                "reference");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).startsWith("1 of 1 case differs first in coefficients, keep, from the fourth token on.")
                .contains("Your values are those of math.md within 1e-5; the fixture's are not: it was changed, or is"
                        + " made by another")
                .contains("FAILED  wrong ")
                .contains("            first divergence: coefficients, keep[0, 3, 0, 7] (token 3, layer 0): expected ")
                .contains("            keep: 1 of 32 values over tolerance, the first in file order:")
                .contains("            3 tensors over tolerance: keep, raw_reads, delta_o")
                .contains("            reproduce: ")
                .contains("FAILED: 33 of 33 tensors compared, 3 differ, 1749 values, on reference");
    }

    @Test
    void anIntegerMustBeEqualExactly() throws Exception {
        Path wrong = EditedFixture.write("basic", folder.resolve("wrong.json"),
                fixture -> EditedFixture.shifted(fixture, MathTensor.FINAL_POSITIONS, 0, 1));

        GateRun run = GateRun.of("check", "--fixture", wrong, "--rtol", "1", "--atol", "1", "--runtime", "native");

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errors()).containsExactly("gate: wrong on native: scan, final_positions[0] (layer 0): expected"
                + " 1026.0, found 1025.0");
    }

    @Test
    void theTolerancesDecide() throws Exception {
        Path wrong = EditedFixture.write("basic", folder.resolve("wrong.json"),
                fixture -> EditedFixture.shifted(fixture, MathTensor.RAW_READS, 0, 0.01f));

        assertThat(GateRun.of("check", "--fixture", wrong, "--runtime", "reference").code()).isEqualTo(1);
        assertThat(GateRun.of("check", "--fixture", wrong, "--runtime", "reference", "--atol", "0.02").code()).isZero();
        assertThat(GateRun.of("check", "--fixture", wrong, "--runtime", "reference", "--rtol", "1e9").code()).isZero();
        assertThat(GateRun.of("check", "--fixture", wrong, "--runtime", "reference", "--rtol", "0", "--atol", "0")
                .code()).isEqualTo(1);
    }
}
