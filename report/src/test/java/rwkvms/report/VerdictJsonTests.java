package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

/** The JSON verdict of gate.md: every field, always, of one type. */
final class VerdictJsonTests {
    private static JsonNode json(Verdict verdict) throws Exception {
        String text = VerdictJson.of(verdict, true);
        assertThat(text).doesNotContain("\n");
        JsonNode json = new ObjectMapper().readTree(text);
        assertThat(json.properties()).extracting(field -> field.getKey()).containsExactly("ok", "compared", "expected",
                "values", "sidecar", "runtime", "max_abs_diff", "max_abs_diff_tensor", "first_divergence", "rtol",
                "atol",
                "errors", "mistrusted", "cases", "not_evaluated", "provenance", "reproduce");
        return json;
    }

    @Test
    void aPassedVerdictHasItsFigures() throws Exception {
        JsonNode json = json(Verdicts.of(List.of(), Verdicts.passed("a")));

        assertThat(json.at("/ok").booleanValue()).isTrue();
        assertThat(json.at("/max_abs_diff").isNumber()).isTrue();
        assertThat(json.at("/max_abs_diff_tensor").textValue()).isEqualTo("reads");
        assertThat(json.at("/first_divergence").isNull()).isTrue();
        assertThat(json.at("/errors").isArray()).isTrue();
        assertThat(json.at("/cases/0/reproduce").textValue()).isEqualTo("gate a");
        assertThat(json.at("/cases/0/tensors/0/tensor").textValue()).isEqualTo("reads");
        assertThat(json.at("/reproduce").textValue()).isEqualTo("gate all");
    }

    @Test
    void whatSaysLittleIsMistrustedAndPassesAllTheSame() throws Exception {
        JsonNode json = json(Verdicts.of(List.of(), Verdicts.passed("a"), Verdicts.mistrusted("b")));

        assertThat(json.at("/ok").booleanValue()).isTrue();
        assertThat(json.at("/mistrusted").toString()).isEqualTo(
                "[\"b on reference: reads: 8 of 8 values are 0\",\"b on reference: cannot tell <a>\"]");
        assertThat(json.at("/cases/0/mistrusted").toString()).isEqualTo("[]");
        assertThat(json.at("/cases/1/mistrusted").toString())
                .isEqualTo("[\"reads: 8 of 8 values are 0\",\"cannot tell <a>\"]");
    }

    @Test
    void aDifferenceHasItsPlace() throws Exception {
        JsonNode json = json(Verdicts.of(List.of(), Verdicts.differing("a", 2)));

        assertThat(json.at("/first_divergence").toString()).isEqualTo("{\"stage\":\"readout\",\"tensor\":\"reads\","
                + "\"index\":[0,0,1],\"token\":0,\"layer\":3,\"expected\":1.0,\"actual\":2.0}");
        assertThat(json.at("/cases/0/first_divergence")).isEqualTo(json.at("/first_divergence"));
    }

    @Test
    void whatIsNoNumberIsAString() throws Exception {
        JsonNode json = json(Verdicts.of(List.of(), Verdicts.differing("a", Float.NaN)));

        assertThat(json.at("/ok").booleanValue()).isFalse();
        assertThat(json.at("/max_abs_diff").textValue()).isEqualTo("Infinity");
        assertThat(json.at("/first_divergence/actual").textValue()).isEqualTo("NaN");
    }

    @Test
    void aRuntimeThatFailedHasNoFiguresAndItsError() throws Exception {
        JsonNode json = json(Verdicts.of(List.of("b.json: empty"), Verdicts.failing("a")));

        assertThat(json.at("/compared").intValue()).isZero();
        assertThat(json.at("/expected").intValue()).isEqualTo(33);
        assertThat(json.at("/max_abs_diff").isNull()).isTrue();
        assertThat(json.at("/max_abs_diff_tensor").isNull()).isTrue();
        assertThat(json.at("/cases/0/max_abs_diff").isNull()).isTrue();
        assertThat(json.at("/errors").toString())
                .isEqualTo("[\"b.json: empty\",\"a on reference: the runtime failed: it gave up\"]");
    }

    @Test
    void whereNothingWasJudgedTheErrorsSayWhy() throws Exception {
        JsonNode json = json(Verdicts.of(List.of(), Verdicts.missed("a")));

        assertThat(json.at("/errors").toString()).isEqualTo("[\"a on reference: not evaluated: two heads\"]");
        assertThat(json.at("/not_evaluated").toString())
                .isEqualTo("[{\"case\":\"a\",\"runtime\":\"reference\",\"reason\":\"two heads\"}]");
        assertThat(json.at("/runtime").textValue()).isEqualTo("reference");
    }
}
