package rwkvms.report.drift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.math.MathTensor;

/** The two forms of a baseline, and the refusal of anything else. */
final class BaselineFileTests {
    private static final Map<String, String> HASHES = Map.of("cpu", "a \"CPU\"", "sha256 library: l.so", "ab");
    private static final Baseline RUN = Baselines.of(HASHES, Map.of("native", Map.of(
            "b", Baselines.judged(Map.of(MathTensor.MEMORY_V, new Measured(40, 0.08300001, 2.623e-6, 3, true))),
            "a", Baselines.judged(Map.of(MathTensor.READS, new Measured(32, 0, 0, 0.5, true), MathTensor.MEMORY_V,
                    new Measured(40, 0.1, 1e-6, 300, true))))));

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theTextIsSortedAndHasALinePerTensor() {
        assertThat(BaselineFile.text(RUN)).isEqualTo("""
                {
                  "baseline_version": 1,
                  "columns": ["values", "of_limit", "max_abs_diff", "scale"],
                  "rtol": 1.0E-5,
                  "atol": 1.0E-5,
                  "provenance": {
                    "cpu": "a \\"CPU\\"",
                    "sha256 library: l.so": "ab"
                  },
                  "runtimes": {
                    "native": {
                      "a": {
                        "memory_v": [40, 1.00e-01, 1.00e-06, 3.00e+02],
                        "reads": [32, 0, 0, 5.00e-01]
                      },
                      "b": {
                        "memory_v": [40, 8.30e-02, 2.62e-06, 3.00e+00]
                      }
                    }
                  }
                }
                """);
    }

    @Test
    void noBaselineIsMadeOfWhatFailed() {
        assertThatThrownBy(() -> BaselineFile.text(Baselines.of("native", "a",
                Map.of(MathTensor.READS, Baselines.measured(1e6)))))
                .hasMessage("a: expected a case that passed");
    }

    private static Baseline verdict(Consumer<ObjectNode> edit) throws IOException {
        ObjectNode json = VerdictTexts.tree(RUN, new Random(1));
        edit.accept(json);
        return BaselineFile.read("v.json", json.toString());
    }

    private static void refused(Consumer<ObjectNode> edit, String message) {
        assertThatThrownBy(() -> verdict(edit)).isInstanceOf(IOException.class).hasMessage("v.json: " + message);
    }

    @Test
    void aVerdictOfAnOlderGateHasNoScales() throws Exception {
        Baseline old = verdict(json -> json.findParents("scale").forEach(each -> ((ObjectNode) each).remove("scale")));

        assertThat(old.runtimes().get("native").get("a").tensors().values()).hasSize(2)
                .noneMatch(Measured::hasScale);
    }

    @Test
    void whatIsNoVerdictOfACheckIsRefusedByName() {
        refused(json -> json.put("suite", "gate fork"),
                "suite: expected 'gate check', of which alone tensors can be compared, found \"gate fork\"");
        refused(json -> json.put("verdict_version", 2),
                "verdict_version: expected 1, the newest that this gate knows, found 2");
        refused(json -> json.put("verdict_version", "1"), "verdict_version: expected 1, found \"1\"");
        refused(json -> json.remove("verdict_version"),
                "expected a verdict.json or a baseline, found JSON without verdict_version or baseline_version");
        refused(json -> {
            json.remove("suite");
            json.putArray("errors").add("x.json: expected a fixture, found none");
        }, "expected the verdict of a run, found that of one that could not begin: \"x.json: expected a fixture, found"
                + " none\"");
    }

    private static ObjectNode first(ObjectNode json) {
        return (ObjectNode) json.at("/cases/0");
    }

    @Test
    void aVerdictThatLacksSomethingIsRefusedWithItsPlace() {
        refused(json -> json.remove("cases"), "cases: expected an array, found none");
        refused(json -> ((ArrayNode) json.get("cases")).removeAll(),
                "expected at least one case that was judged, found none");
        refused(json -> first(json).remove("tensors"),
                "cases[0].tensors: expected the figures of each tensor, found none: --report DIR writes them to"
                        + " DIR/verdict.json, and --json prints them with --fixture alone");
        refused(json -> first(json).put("case", 3), "cases[0].case: expected a text, found 3");
        refused(json -> ((ArrayNode) json.get("cases")).add(first(json).deepCopy()),
                "cases[2]: expected each case once on a runtime, found 'b' on 'native' again");
        refused(json -> ((ObjectNode) json.at("/cases/0/tensors/0")).put("tensor", "hidden_states"),
                "cases[0].tensors[0].tensor: expected a tensor that math.md names and a runtime computes, found"
                        + " 'hidden_states'");
        refused(json -> ((ObjectNode) json.at("/cases/0/tensors/0")).put("values", -1),
                "cases[0].tensors[0].values: expected a whole number of at least 0, found -1");
        refused(json -> ((ObjectNode) json.at("/cases/0/tensors/0")).put("max_abs_diff", "NaN"),
                "cases[0].tensors[0].max_abs_diff: expected a number of at least 0, found \"NaN\"");
        refused(json -> ((ArrayNode) json.at("/cases/0/tensors")).add(json.at("/cases/0/tensors/0").deepCopy()),
                "cases[0].tensors[1]: expected each tensor once, found 'memory_v' again");
        refused(json -> json.put("rtol", -1), "rtol: expected a number of at least 0, found -1");
        refused(json -> json.put("provenance", 1), "provenance: expected an object, found 1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            \\[40, 8.30e-02, 2.62e-06, 3.00e\\+00] | [40, 1, 2] | runtimes.native.b.memory_v: expected 4 numbers, \
            [values, of_limit, max_abs_diff, scale], found [40,1,2]
            8.30e-02 | -1 | runtimes.native.b.memory_v[1]: expected a number of at least 0, found -1
            \\[40, 8 | [4.5, 8 | runtimes.native.b.memory_v[0]: expected a whole number of values, found 4.5
            reads | read | runtimes.native.a.read: expected a tensor that math.md names and a runtime computes, found 'read'
            "baseline_version": 1 | "baseline_version": 0 | baseline_version: expected 1, found 0
            "baseline_version": 1 | "baseline_version": 7 | baseline_version: expected 1, the newest that this gate knows, found 7
            "scale"] | "size"] | columns: expected [values, of_limit, max_abs_diff, scale], found \
            ["values","of_limit","max_abs_diff","size"]
            "ab" | 5 | provenance.sha256 library: l.so: expected a text, found 5
            "runtimes" | "runs" | runtimes: expected an object, found none
            """)
    void aBaselineThatWasEditedIsRefusedWithItsPlace(String part, String other, String message) {
        String text = BaselineFile.text(RUN).replaceFirst(part, other);

        assertThatThrownBy(() -> BaselineFile.read("b.json", text)).isInstanceOf(IOException.class)
                .hasMessage("b.json: " + message);
    }

    @Test
    void aFileThatIsNoJsonIsRefused() throws Exception {
        Path file = folder.resolve("f");
        for (String[] each : new String[][]{{"", "an empty file"}, {"[]", "JSON that is no object"},
                {"GGUF", "a GGUF file"}}) {
            Files.writeString(file, each[0]);
            assertThatThrownBy(() -> BaselineFile.read(file)).isInstanceOf(IOException.class)
                    .hasMessage(file + ": expected a verdict.json or a baseline, found " + each[1]);
        }
        Files.writeString(file, BaselineFile.text(RUN).substring(0, 300));
        assertThatThrownBy(() -> BaselineFile.read(file)).isInstanceOf(IOException.class).message()
                .startsWith(file + ": expected a verdict.json or a baseline, found no JSON: Unexpected end-of-input")
                .contains("(line ").doesNotContain("\n");
        assertThatThrownBy(() -> BaselineFile.read("f", "{\"a\": 1, \"a\": 2}"))
                .hasMessage(
                        "f: expected a verdict.json or a baseline, found no JSON: Duplicate field 'a' (line 1, column 13)");
        assertThatThrownBy(() -> BaselineFile.read(folder.resolve("none")))
                .hasMessage(folder.resolve("none") + ": expected a readable file, found none");
    }

    @Test
    void theFileIsReadAsItWasWritten() throws Exception {
        Path file = Files.writeString(folder.resolve("b.json"), BaselineFile.text(RUN));

        assertThat(new ObjectMapper().readTree(file.toFile()).at("/runtimes/native/b/memory_v/0").intValue())
                .isEqualTo(40);
        assertThat(BaselineFile.text(BaselineFile.read(file))).isEqualTo(BaselineFile.text(RUN));
    }
}
