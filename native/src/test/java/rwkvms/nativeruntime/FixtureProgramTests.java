package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.comparison.Tolerance;
import rwkvms.file.Sha256;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;

/** {@code test-rwkv-ms-fixture}, the drop-in for the fork's executable, prints what our own judgement gives, to the digit. */
class FixtureProgramTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root"));
    private static final Path GOLDEN = ROOT.resolve("golden/data");
    private static final Path PROGRAM = NativeFiles.folder().resolveSibling("bin").resolve("test-rwkv-ms-fixture");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path folder;

    private record Answer(int code, String out, List<String> err) {
        JsonNode json() throws IOException {
            assertThat(out.lines()).hasSize(1);
            return MAPPER.readTree(out);
        }
    }

    private Answer run(Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(process.waitFor(), out, Files.readAllLines(err));
    }

    private Path unpacked(Path golden) throws IOException {
        Path plain = folder.resolve("fixture.json");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(golden))) {
            Files.write(plain, in.readAllBytes());
        }
        return plain;
    }

    static List<CaseFiles> cases() throws IOException {
        return CaseFiles.below(GOLDEN);
    }

    @Test
    void saysWhatOurJudgementSays() throws Exception {
        int judged = 0;
        try (NativeRuntime runtime = NativeRuntime.open()) {
            for (CaseFiles files : cases()) {
                CaseFiles alone = new CaseFiles(files.name(), files.fixture(), Optional.empty(), Optional.empty());
                for (CaseFiles each : List.of(files, alone)) {
                    judged += agrees(runtime, each) ? 1 : 0;
                }
            }
        }
        assertThat(judged).isGreaterThan(90);
    }

    /** Whether the case could be judged at all. */
    private boolean agrees(NativeRuntime runtime, CaseFiles files) throws Exception {
        CaseResult ours;
        try (GoldenCase golden = GoldenCase.open(files)) {
            ours = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        }
        Path plain = unpacked(files.fixture());
        Answer answer = files.sidecar().isPresent()
                ? run(plain, files.sidecar().get(), "1e-5", "1e-5")
                : run(plain, "1e-5", "1e-5");
        if (!(ours instanceof CheckResult result)) {
            assertThat(answer.code()).as(files.name()).isEqualTo(2);
            assertThat(answer.err()).as(files.name()).hasSize(1);
            return false;
        }
        assertThat(answer.err()).as(files.name()).isEmpty();
        assertThat(answer.code()).as(files.name()).isEqualTo(result.ok() ? 0 : 1);
        assertThat(answer.json().path("ok").booleanValue()).isEqualTo(result.ok());
        assertThat(answer.json().path("compared").intValue()).as(files.name()).isEqualTo(result.comparisons().size());
        assertThat(answer.json().path("sidecar").booleanValue()).isEqualTo(files.sidecar().isPresent());
        assertThat(String.format(Locale.ROOT, "%.5e", answer.json().path("max_abs_diff").doubleValue()))
                .as(files.name()).isEqualTo(String.format(Locale.ROOT, "%.5e", result.maxAbsDiff()));
        return true;
    }

    @Test
    void theLineIsTheForks() throws Exception {
        Path plain = unpacked(GOLDEN.resolve("basic/fixture.json.gz"));

        assertThat(run(plain, GOLDEN.resolve("basic/sidecar.gguf"), "1e-5", "1e-5").out())
                .matches("\\{\"ok\":true,\"compared\":33,\"sidecar\":true,\"max_abs_diff\":[0-9.]+e-0[0-9]}\n");
        assertThat(run(plain, "1e-5", "1e-5").out())
                .matches("\\{\"ok\":true,\"compared\":11,\"sidecar\":false,\"max_abs_diff\":[0-9.]+e-0[0-9]}\n");
    }

    @Test
    void aDifferenceIsNotOk() throws Exception {
        Answer answer = run(unpacked(GOLDEN.resolve("basic/fixture.json.gz")), GOLDEN.resolve("basic/sidecar.gguf"),
                "0", "0");

        assertThat(answer.code()).isEqualTo(1);
        assertThat(answer.json().path("ok").booleanValue()).isFalse();
        assertThat(answer.err()).isNotEmpty().allMatch(line -> line.matches("test-rwkv-ms-fixture: [a-z_]+: \\d+ of"
                + " \\d+ values over tolerance, the first at \\d+: expected [-0-9.e]+, found [-0-9.e]+"));
    }

    /** Sets an int64 tensor of one value, and what the fixture says of its hash. */
    private static void put(ObjectNode json, String section, String name, long value) {
        ObjectNode tensor = at(json, "/" + section + "/" + name);
        String hash = Sha256.of(MemorySegment.ofArray(
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array()));
        tensor.putArray("data").add(value);
        tensor.put("sha256", hash);
        at(json, "/summary/sha256").put(name, hash);
    }

    /** Three of the four tokens count. As a double the position after them is also that of a fourth. */
    @ParameterizedTest
    @CsvSource({"3, false", "4, true"})
    void positionsThatNoDoubleTellsApart(long tokens, boolean differs) throws Exception {
        Path fixture = unpacked(GOLDEN.resolve("basic/fixture.json.gz"));
        ObjectNode json = (ObjectNode) MAPPER.readTree(fixture.toFile());
        long first = 1L << 53;
        put(json, "inputs", "initial_positions", first);
        put(json, "expected", "final_positions", first + tokens);
        Files.write(fixture, MAPPER.writeValueAsBytes(json));

        Answer answer = run(fixture, "1e-5", "1e-5");

        assertThat(answer.json().path("compared").intValue()).isEqualTo(11);
        assertThat(answer.err().stream().anyMatch(line -> line.contains(": final_positions: 1 of 1 values over")))
                .isEqualTo(differs);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''
            f.json 1e-5
            f.json 1e-5 -1
            f.json 1e-5 nan
            f.json 1e-5 1e-5x
            f.json s.gguf 1e-5 inf
            f.json s.gguf 1e-5 1e-5 more
            """)
    void usage(String line) throws Exception {
        Answer answer = run((Object[]) (line.isEmpty() ? new String[0] : line.split(" ")));

        assertThat(answer.code()).isEqualTo(64);
        assertThat(answer.out()).isEmpty();
        assertThat(answer.err()).containsExactly("usage: test-rwkv-ms-fixture FIXTURE [SIDECAR] RTOL ATOL, tolerances"
                + " finite and not negative");
    }

    private static Arguments edit(String message, Consumer<ObjectNode> edit) {
        return Arguments.of(message, edit);
    }

    private static ObjectNode at(ObjectNode json, String path) {
        return (ObjectNode) json.at(path);
    }

    static Stream<Arguments> edits() {
        String hidden = "/inputs/hidden_states";
        return Stream.of(
                edit("schema: expected delta_mem_rwkv_ms_math_fixture.v1 or .v2, found \"v3\"",
                        json -> json.put("schema", "v3")),
                edit("summary: expected a value, found none", json -> json.remove("summary")),
                edit("source: expected an object, found 1", json -> json.put("source", 1)),
                edit("inputs.hidden_states.data: expected 256 values after the shape, found 255",
                        json -> ((ArrayNode) json.at(hidden + "/data")).remove(0)),
                edit("inputs.hidden_states.shape: expected an integer from 0 to 2147483647, found -1",
                        json -> ((ArrayNode) json.at(hidden + "/shape")).set(0, -1)),
                edit("inputs.hidden_states.shape: expected a product that fits 63 bits, found a larger one",
                        json -> ((ArrayNode) json.at(hidden + "/shape")).removeAll().add(1 << 30).add(1 << 30)
                                .add(1 << 30)),
                edit("inputs.hidden_states.dtype: expected float32, an integer type or bool, found \"float17\"; other"
                        + " fixtures are not judged", json -> at(json, hidden).put("dtype", "float17")),
                edit("inputs.hidden_states.sha256: expected ", json -> at(json, hidden).put("sha256", "0")),
                edit("inputs.hidden_states.data: expected a number, found \"NaN\"",
                        json -> ((ArrayNode) json.at(hidden + "/data")).set(0, "NaN")),
                edit("inputs.hidden_states.data: expected a float32, found 1e+39",
                        json -> ((ArrayNode) json.at(hidden + "/data")).set(0, 1e39)),
                edit("inputs.token_mask.shape: expected [B = 1, T = 4] after config, found [4, 1]",
                        json -> ((ArrayNode) json.at("/inputs/token_mask/shape")).removeAll().add(4).add(1)),
                edit("inputs.hidden_states.shape: expected [B = 1, T = 4, H = 65] after config, found [1, 4, 64]",
                        json -> at(json, "/config").put("hidden_size", 65)),
                edit("config.state_read_dim: expected 8, num_state_heads times rank, found 9",
                        json -> at(json, "/config").put("state_read_dim", 9)),
                edit("summary.total_values: expected 2266, counted over the records, found 1",
                        json -> at(json, "/summary").put("total_values", 1)),
                edit("summary.sha256.memory_q: expected ",
                        json -> at(json, "/summary/sha256").put("memory_q", "0")),
                edit("summary.sha256: expected 37 names, one per record, found 38",
                        json -> at(json, "/summary/sha256").put("nothing", "0")),
                edit("inputs.initial_state: expected the tensor, found none",
                        json -> at(json, "/inputs").remove("initial_state")),
                edit("delta_mem_config.state_update_mode: expected standard, lambda_outside or no_lambda, found \"x\"",
                        json -> at(json, "/delta_mem_config").put("state_update_mode", "x")),
                edit("alpha: expected 17, as the fixture asks for, found 16; only read_top_k is taken"
                        + " from a fixture", json -> at(json, "/delta_mem_config").put("alpha", 17)),
                edit("config.dtype: expected float32, found \"bfloat16\"; other fixtures are not judged",
                        json -> at(json, "/config").put("dtype", "bfloat16")));
    }

    @ParameterizedTest
    @MethodSource("edits")
    void refusesAMalformedFixture(String message, Consumer<ObjectNode> edit) throws Exception {
        Path fixture = unpacked(GOLDEN.resolve("basic/fixture.json.gz"));
        ObjectNode json = (ObjectNode) MAPPER.readTree(fixture.toFile());
        edit.accept(json);
        Files.write(fixture, MAPPER.writeValueAsBytes(json));

        refused(message, fixture);
    }

    private void refused(String message, Path fixture) throws Exception {
        Answer answer = run(fixture, GOLDEN.resolve("basic/sidecar.gguf"), "1e-5", "1e-5");

        assertThat(answer.err()).singleElement().asString().startsWith("test-rwkv-ms-fixture: ").contains(message);
        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.out())
                .isEqualTo("{\"ok\":false,\"compared\":0,\"sidecar\":true,\"max_abs_diff\":null}\n");
    }

    @Test
    void refusesWhatIsNoFixture() throws Exception {
        Path fixture = unpacked(GOLDEN.resolve("basic/fixture.json.gz"));
        String text = Files.readString(fixture);

        refused("absent.json: expected a readable file, found none", folder.resolve("absent.json"));
        refused("expected a readable file, found none", folder);
        refused("expected JSON, found a gzip file; unpack it first", GOLDEN.resolve("basic/fixture.json.gz"));
        refused("not valid JSON at byte 0: expected a value, found the end of the text",
                Files.writeString(fixture, ""));
        refused("expected the end of the text, found \"{\"", Files.writeString(fixture, text + "{}"));
        refused("the name \"schema\" stands twice in one object",
                Files.writeString(fixture, text.replaceFirst("\\{", "{\"schema\":\"x\",")));
        refused("not valid JSON at byte", Files.writeString(fixture, text.replaceFirst("\"data\": *\\[", "$0NaN,")));
    }

    @Test
    void refusesASidecarThatTheRuntimeRefuses() throws Exception {
        Path fixture = unpacked(GOLDEN.resolve("basic/fixture.json.gz"));
        Answer answer = run(fixture, folder.resolve("absent.gguf"), "1e-5", "1e-5");

        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.err()).singleElement().asString().contains("RWKV_MS_E_FILE_UNREADABLE: ");
    }
}
