package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.Tolerance;

/** The JSON verdict of gate.md: every field, always, of one type. */
final class VerdictJsonTests {
    private static JsonNode json(Verdict verdict) throws Exception {
        String text = VerdictJson.of(verdict, true).toString();
        assertThat(text).doesNotContain("\n");
        JsonNode json = new ObjectMapper().readTree(text);
        assertThat(json.properties()).extracting(field -> field.getKey()).containsExactly("ok", "errors", "compared",
                "expected", "values", "beyond_tolerance", "unknowable", "sidecar", "runtime", "max_abs_diff",
                "max_abs_diff_tensor", "first_divergence", "diagnosis", "failure_groups",
                "rtol", "atol", "mistrusted", "cases", "not_evaluated", "provenance", "reproduce", "suite",
                "verdict_version");
        return json;
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
        assertThat(json.at("/cases/0/max_of_limit").isNull()).isTrue();
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

    @Test
    void valuesThatFloat32KnowsLessWellAreCounted() {
        Verdict verdict = Verdicts.of(List.of(), Verdicts.knownLessWell("a"), Verdicts.passed("b"));
        JsonNode json = VerdictJson.of(verdict, true);
        assertThat(json.path("ok").asBoolean()).isTrue();
        assertThat(json.path("values").asInt()).isEqualTo(5);
        for (JsonNode counted : List.of(json, json.at("/cases/0"), json.at("/cases/0/tensors/0"))) {
            assertThat(counted.path("beyond_tolerance").asInt(-1)).isEqualTo(1);
            assertThat(counted.path("unknowable").asInt(-1)).isEqualTo(1);
        }
        assertThat(json.at("/cases/0/tensors/0/limit_of_tolerance").asDouble()).isCloseTo(4500, within(1e-6));
        assertThat(MarkdownSummary.of(verdict))
                .contains("2 of 2 tensors compared, 5 values, 1 of them at what float32 can"
                        + " know, 1 more not judged, which it cannot know, max abs diff 0.0625 (reads)");
    }

    @Test
    void theWholeObject() {
        Verdict verdict = new CheckDetails(List.of("reference", "native"), new Tolerance(1e-5, 2e-5),
                List.of(new CheckedCase(Verdicts.mixed("a"), "gate a"),
                        new CheckedCase(Verdicts.missed("b"), "gate b")))
                .verdict(List.of(), new Provenance(new TreeMap<>()).with("cpu", "a CPU"), "gate all");
        String divergence = """
                {"stage":"scan","tensor":"slot_indices","index":[0, 1],"token":1,"layer":3,"expected":1.0,"actual":3.0}""";

        assertThat(VerdictJson.of(verdict, true)).hasToString(
                """
                        {"ok":false,"errors":["a on native: scan, slot_indices[0, 1] (token 1, layer 3): expected 1.0, found 3.0"],\
                        "compared":5,"expected":5,"values":15,"beyond_tolerance":0,"unknowable":0,"sidecar":false,"runtime":"reference,native",\
                        "max_abs_diff":2.0,"max_abs_diff_tensor":"slot_indices","first_divergence":%1$s,"diagnosis":[],\
                        "failure_groups":[{"runtime":"native","stage":"scan","tensor":"slot_indices","cases":["a"]}],\
                        "rtol":1.0E-5,"atol":2.0E-5,"mistrusted":[],\
                        "cases":[{"case":"a","runtime":"native","ok":false,"compared":5,"expected":5,"values":15,"beyond_tolerance":0,\
                        "unknowable":0,"sidecar":false,"max_abs_diff":2.0,"max_of_limit":"Infinity","first_divergence":%1$s,\
                        "errors":[],"mistrusted":[],"notes":["chunk: 4 in the fixture, <8> in the sidecar"],\
                        "reproduce":"gate a","tensors":[\
                        {"tensor":"keep","ok":true,"values":4,"not_judged":0,"max_abs_diff":0.0,"max_rel_diff":0.0,"max_ulp":0,\
                        "max_of_limit":0.0,"over_tolerance":0,"nmse":0.0,"scale":0.5,"beyond_tolerance":0,"limit_of_tolerance":0.0,"unknowable":0},\
                        {"tensor":"slot_indices","ok":false,"values":2,"not_judged":0,"max_abs_diff":2.0,"max_rel_diff":2.0,\
                        "max_ulp":0,"max_of_limit":"Infinity","over_tolerance":1,"nmse":4.0,"scale":1.0,"beyond_tolerance":0,"limit_of_tolerance":0.0,"unknowable":0},\
                        {"tensor":"raw_reads","ok":false,"values":4,"not_judged":0,"max_abs_diff":0.5,"max_rel_diff":0.125,\
                        "max_ulp":1048576,"max_of_limit":10000.0,"over_tolerance":1,"nmse":0.011764705882352941,"scale":4.0,"beyond_tolerance":0,"limit_of_tolerance":0.0,"unknowable":0},\
                        {"tensor":"final_positions","ok":true,"values":1,"not_judged":0,"max_abs_diff":0.0,"max_rel_diff":0.0,\
                        "max_ulp":0,"max_of_limit":0.0,"over_tolerance":0,"nmse":0.0,"scale":2.0,"beyond_tolerance":0,"limit_of_tolerance":0.0,"unknowable":0},\
                        {"tensor":"reads","ok":true,"values":4,"not_judged":0,"max_abs_diff":7.62939453125E-6,\
                        "max_rel_diff":7.62939453125E-6,"max_ulp":64,"max_of_limit":0.38146972656249994,"over_tolerance":0,\
                        "nmse":1.4551915228366852E-11,"scale":1.0,"beyond_tolerance":0,"limit_of_tolerance":0.0,"unknowable":0}]}],\
                        "not_evaluated":[{"case":"b","runtime":"reference","reason":"two heads"}],\
                        "provenance":{"cpu":"a CPU"},"reproduce":"gate all","suite":"gate check","verdict_version":1}"""
                        .formatted(divergence));
        assertThat(VerdictJson.of(verdict, false).toString()).contains("\"reproduce\":\"gate a\"}]")
                .doesNotContain("tensors\":");
    }

    @Test
    void aTensorWithoutTokensDiffersAtNone() throws Exception {
        assertThat(json(Verdicts.of(List.of(), Verdicts.differingAtTheEnd("a"))).at("/first_divergence").toString())
                .isEqualTo("{\"stage\":\"scan\",\"tensor\":\"final_positions\",\"index\":[0],\"token\":null,"
                        + "\"layer\":3,\"expected\":3.0,\"actual\":4.0}");
    }
}
