package rwkvms.live.fork;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;

/** The calls made from golden cases, and the expected answer of each. */
final class ForkCasesTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");

    @TempDir
    private Path work = Path.of("");

    /** A runtime that evaluates nothing. */
    private static final class Unable implements MemoryRuntime {
        @Override
        public String name() {
            return "unable";
        }

        @Override
        public SortedMap<String, String> provenance() {
            return new TreeMap<>();
        }

        @Override
        public LoadedMemory load(MemoryModel model) throws NotEvaluatedException {
            throw new NotEvaluatedException("no weights");
        }

        @Override
        public TensorSet scan(MemoryConfig settings, ScanInput input) throws NotEvaluatedException {
            throw new NotEvaluatedException("no scan");
        }

        @Override
        public void close() {
            // it holds nothing
        }
    }

    private static CaseFiles golden(String name) {
        return CaseFiles.in(GOLDEN.resolve(name)).orElseThrow();
    }

    private List<ForkCase> cases(MemoryRuntime ours, CaseFiles... golden) throws Exception {
        return new ForkCases(ours, Tolerance.DEFAULT, work).of(List.of(golden));
    }

    private String shown(ForkCase each) {
        return each.name() + " | " + work.relativize(each.fixture()) + " | "
                + each.sidecar().map(file -> String.valueOf(file.getFileName())).orElse("-") + " | " + each.wanted()
                + " | " + each.reason() + " | " + each.compared() + " | " + (float) each.bound();
    }

    /** A fork's executable reads v1 and v2: its refusal of a long fixture is right, and nothing to be judged by. */
    @Test
    void aLongFixtureIsNotAskedFor() throws Exception {
        CaseFiles files = CaseFiles.in(GOLDEN.resolveSibling("data-long").resolve("many-chunks")).orElseThrow();
        assertThat(cases(new ReferenceRuntime(), files)).hasSize(2).allSatisfy(each -> {
            assertThat(each.wanted()).isEqualTo(ExpectedAnswer.ANY);
            assertThat(each.reason()).isEqualTo("the executable reads fixtures of the schemas v1 and v2, and this is a"
                    + " long one");
        });
    }

    @Test
    void callsOfOneCase() throws Exception {
        List<ForkCase> cases = cases(new ReferenceRuntime(), golden("basic"));

        assertThat(String.join("\n", cases.stream().map(this::shown).toList())).isEqualTo(
                """
                        basic | basic.json | sidecar.gguf | OK | our runtime passes it | 33 | 5.603974E-5
                        basic without sidecar | basic.json | - | OK | our runtime passes it | 11 | 5.603974E-5
                        basic, memory_v moved | basic-moved-memory_v.json | sidecar.gguf | DIFFERS | memory_v was moved by 1.9286859035491943 at index 31 | 1 | 1.9286859
                        basic, feature_k moved | basic-moved-feature_k.json | sidecar.gguf | DIFFERS | feature_k was moved by 1.2082330137491226 at index 31 | 1 | 1.208233
                        basic, keep moved | basic-moved-keep.json | sidecar.gguf | DIFFERS | keep was moved by 1.6388103365898132 at index 31 | 1 | 1.6388104
                        basic without sidecar, keep moved | basic-moved-keep.json | - | DIFFERS | keep was moved by 1.6388103365898132 at index 31 | 1 | 1.6388104
                        basic, write_routes moved | basic-moved-write_routes.json | sidecar.gguf | DIFFERS | write_routes was moved by 1.0 at index 15 | 1 | 1.0
                        basic without sidecar, write_routes moved | basic-moved-write_routes.json | - | DIFFERS | write_routes was moved by 1.0 at index 15 | 1 | 1.0
                        basic, raw_reads moved | basic-moved-raw_reads.json | sidecar.gguf | DIFFERS | raw_reads was moved by 1.0310261137783527 at index 31 | 1 | 1.0310261
                        basic without sidecar, raw_reads moved | basic-moved-raw_reads.json | - | DIFFERS | raw_reads was moved by 1.0310261137783527 at index 31 | 1 | 1.0310261
                        basic, final_state moved | basic-moved-final_state.json | sidecar.gguf | DIFFERS | final_state was moved by 1.2071240693330765 at index 255 | 1 | 1.2071241
                        basic without sidecar, final_state moved | basic-moved-final_state.json | - | DIFFERS | final_state was moved by 1.2071240693330765 at index 255 | 1 | 1.2071241
                        basic, final_positions moved | basic-moved-final_positions.json | sidecar.gguf | DIFFERS | final_positions was moved by 1.0 at index 0 | 1 | 0.0
                        basic without sidecar, final_positions moved | basic-moved-final_positions.json | - | DIFFERS | final_positions was moved by 1.0 at index 0 | 1 | 0.0
                        basic, reads moved | basic-moved-reads.json | sidecar.gguf | DIFFERS | reads was moved by 1.349626511335373 at index 31 | 1 | 1.3496265
                        sidecar magic | basic.json | sidecar-magic.gguf | REFUSED | the validator says GGUF_MAGIC of the sidecar | 0 | NaN
                        sidecar version | basic.json | sidecar-version.gguf | REFUSED | the validator says GGUF_VERSION of the sidecar | 0 | NaN
                        sidecar empty | basic.json | sidecar-empty.gguf | REFUSED | the validator says GGUF_TRUNCATED of the sidecar | 0 | NaN
                        sidecar truncated-header | basic.json | sidecar-truncated-header.gguf | REFUSED | the validator says GGUF_TRUNCATED of the sidecar | 0 | NaN
                        sidecar truncated-data | basic.json | sidecar-truncated-data.gguf | REFUSED | the validator says TENSOR_DATA of the sidecar | 0 | NaN
                        sidecar tensor-count-huge | basic.json | sidecar-tensor-count-huge.gguf | REFUSED | the validator says GGUF_COUNT of the sidecar | 0 | NaN
                        sidecar duplicate-key | basic.json | sidecar-duplicate-key.gguf | REFUSED | the validator says DUPLICATE_KEY of the sidecar | 0 | NaN
                        sidecar duplicate-tensor | basic.json | sidecar-duplicate-tensor.gguf | REFUSED | the validator says DUPLICATE_TENSOR of the sidecar | 0 | NaN
                        sidecar tensor-offset | basic.json | sidecar-tensor-offset.gguf | REFUSED | the validator says TENSOR_OFFSET of the sidecar | 0 | NaN
                        sidecar architecture | basic.json | sidecar-architecture.gguf | REFUSED | the validator says ARCHITECTURE of the sidecar | 0 | NaN
                        sidecar schema | basic.json | sidecar-schema.gguf | REFUSED | the validator says SCHEMA of the sidecar | 0 | NaN
                        sidecar key-missing | basic.json | sidecar-key-missing.gguf | REFUSED | the validator says KEY_MISSING of the sidecar | 0 | NaN
                        sidecar base-sha256 | basic.json | sidecar-base-sha256.gguf | REFUSED | the validator says BASE_SHA256_FORM of the sidecar | 0 | NaN
                        sidecar config-json | basic.json | sidecar-config-json.gguf | REFUSED | the validator says JSON_SYNTAX of the sidecar | 0 | NaN
                        sidecar rank | basic.json | sidecar-rank.gguf | REFUSED | the validator says RANK of the sidecar | 0 | NaN
                        sidecar num-state-heads | basic.json | sidecar-num-state-heads.gguf | REFUSED | the validator says NUM_STATE_HEADS of the sidecar | 0 | NaN
                        sidecar tensor-missing | basic.json | sidecar-tensor-missing.gguf | REFUSED | the validator says TENSOR_MISSING of the sidecar | 0 | NaN
                        sidecar tensor-transposed | basic.json | sidecar-tensor-transposed.gguf | REFUSED | the validator says TENSOR_TRANSPOSED of the sidecar | 0 | NaN
                        sidecar payload-bit | basic.json | sidecar-payload-bit.gguf | REFUSED | the validator says MANIFEST_SHA256 of the sidecar | 0 | NaN
                        sidecar payload-value | basic.json | sidecar-payload-value.gguf | REFUSED | the validator says PAYLOAD_VALUE of the sidecar | 0 | NaN
                        sidecar absent | basic.json | absent.gguf | REFUSED | there is no such file | 0 | NaN
                        fixture empty | fixture-empty.json | sidecar.gguf | REFUSED | the fixture is no whole JSON | 0 | NaN
                        fixture cut | fixture-cut.json | sidecar.gguf | REFUSED | the fixture is no whole JSON | 0 | NaN
                        fixture absent | absent.json | sidecar.gguf | REFUSED | there is no such file | 0 | NaN""");
        assertThat(cases).allSatisfy(each -> assertThat(Files.exists(each.fixture())).as(each.name())
                .isEqualTo(!each.name().equals("fixture absent")));
    }

    /** Each value is changed by the stated amount, and nothing else is changed. */
    @Test
    void movedValues() throws Exception {
        for (ForkCase each : cases(new ReferenceRuntime(), golden("basic"))) {
            if (each.name().endsWith(" moved")) {
                String[] words = each.reason().split(" ");
                JsonNode moved = expected(each.fixture());
                JsonNode sound = expected(work.resolve("basic.json"));
                double by = last(moved.path(words[0])) - last(sound.path(words[0]));
                assertThat(by).as(each.reason()).isEqualTo(Double.parseDouble(words[4]),
                        org.assertj.core.api.Assertions.within(1e-5));
                assertThat(moved.properties().stream().filter(field -> !field.getValue().equals(
                        sound.path(field.getKey()))).map(field -> field.getKey())).containsExactly(words[0]);
            }
        }
    }

    private static JsonNode expected(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile()).path("expected");
    }

    private static double last(JsonNode tensor) {
        JsonNode value = tensor.path("data");
        while (value.isArray()) {
            value = value.path(value.size() - 1);
        }
        return value.asDouble();
    }

    @Test
    void damagedFiles() throws Exception {
        cases(new ReferenceRuntime(), golden("basic"));
        byte[] whole = Files.readAllBytes(work.resolve("basic.json"));
        assertThat(work.resolve("fixture-empty.json")).isEmptyFile();
        assertThat(Files.readAllBytes(work.resolve("fixture-cut.json"))).hasSize(whole.length / 2)
                .isEqualTo(java.util.Arrays.copyOf(whole, whole.length / 2));
        assertThat(work.resolve("sidecar-empty.gguf")).isEmptyFile();
        assertThat(Files.mismatch(work.resolve("sidecar-magic.gguf"), GOLDEN.resolve("basic/sidecar.gguf"))).isZero();
    }

    /** A case that our own runtime fails is expected to differ, and is not used for the changed copies. */
    @Test
    void aCaseThatOurOwnRuntimeFails() throws Exception {
        Path sidecar = GOLDEN.resolve("basic/sidecar.gguf");
        cases(new ReferenceRuntime(), golden("basic"));
        Path failing = Files.copy(work.resolve("basic-moved-final_state.json"), work.resolve("failing.json"));

        List<ForkCase> cases = cases(new ReferenceRuntime(),
                new CaseFiles("failing", failing, Optional.of(sidecar), Optional.empty()));
        assertThat(cases).hasSize(2).allSatisfy(each -> {
            assertThat(each.wanted()).isEqualTo(ExpectedAnswer.DIFFERS);
            assertThat(each.reason()).startsWith("our runtime fails it too, max abs diff 1.");
            assertThat(each.compared()).isEqualTo(1);
            assertThat(each.bound()).isZero();
        });
        assertThat(cases).extracting(ForkCase::name).containsExactly("failing", "failing without sidecar");
    }

    @Test
    void whatOurOwnRuntimeDoesNotEvaluateMayBeAnsweredAnyhow() throws Exception {
        assertThat(cases(new Unable(), golden("basic")).stream().map(this::shown)).containsExactly(
                "basic | basic.json | sidecar.gguf | ANY | no weights | 0 | NaN",
                "basic without sidecar | basic.json | - | ANY | no scan | 0 | NaN");
        assertThat(List.of(ExpectedAnswer.values())).extracting(ExpectedAnswer::words).containsExactly("ok",
                "not ok, a difference",
                "not ok, a refusal", "any, not evaluated");
    }

    /** Of several correct cases the smallest one is used for the changed and damaged copies. */
    @Test
    void theSmallestSoundCaseIsChanged() throws Exception {
        CaseFiles withoutSidecar = new CaseFiles("alone", golden("single-token").fixture(), Optional.empty(),
                Optional.empty());
        List<String> names = cases(new ReferenceRuntime(), golden("topk-2"), golden("basic"), withoutSidecar).stream()
                .map(ForkCase::name).toList();
        assertThat(names).startsWith("topk-2", "topk-2 without sidecar", "basic", "basic without sidecar",
                "alone without sidecar", "basic, memory_v moved");
        assertThat(names).doesNotContain("topk-2, memory_v moved").doesNotHaveDuplicates();
    }
}
