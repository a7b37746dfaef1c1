package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.file.Sha256;
import rwkvms.fixtures.testing.SharedCases;

/** {@code gate sidecar export}, {@code materialize}, {@code synthesize} and {@code compare}. */
final class SidecarToolsTests {
    private static final String SHA256 = "0123456789abcdef".repeat(4);

    @TempDir
    private Path folder = Path.of("");

    private Path file(String name) {
        return folder.resolve(name);
    }

    private Path small() {
        Path file = file("small.gguf");
        passes("sidecar", "synthesize", "--hidden", "16", "--layers", "0,5", "--seed", "7", file);
        return file;
    }

    @Test
    void aSidecarGoesToACheckpointAndBack() throws Exception {
        Path small = small();
        Path checkpoint = file("new/checkpoint");
        JsonNode json = GateRun.of("sidecar", "materialize", small, checkpoint, "--json").json();
        assertThat(json.at("/ok").booleanValue()).isTrue();
        assertThat(json.at("/tensors").intValue()).isEqualTo(62);
        for (String name : new String[]{"delta_mem_adapter.safetensors", "delta_mem_config.json",
                "adapter_metadata.json"}) {
            assertThat(json.path("sha256").path(name).textValue()).isEqualTo(Sha256.of(checkpoint.resolve(name)));
        }
        GateRun compared = GateRun.of("sidecar", "compare", small, checkpoint);
        assertThat(compared.code()).isZero();
        assertThat(compared.out()).isEqualTo(small + " and " + checkpoint + ": the same, 62 tensors, "
                + json.at("/values") + " values" + System.lineSeparator());

        Path again = file("again.gguf");
        JsonNode written = GateRun.of("sidecar", "export", checkpoint, again, "--json").own();
        assertThat(again).hasSameBinaryContentAs(small);
        assertThat(written.toString()).isEqualTo("{\"ok\":true,\"errors\":[],\"file\":\"" + again + "\",\"bytes\":"
                + Files.size(again) + ",\"sha256\":\"" + Sha256.of(again) + "\",\"format_version\":1,\"tensors\":62,"
                + "\"values\":" + json.at("/values") + ",\"base_gguf_sha256\":\"" + "0".repeat(64)
                + "\",\"findings\":[]}");
    }

    @Test
    void whatIsWrittenIsSaid() throws IOException {
        Path file = file("a.gguf");
        GateRun run = GateRun.of("sidecar", "synthesize", "--hidden", "16", "--layers", "0", file);
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo(file + ": written, " + Files.size(file) + " bytes, 31 tensors, 27112 values, "
                + "SHA-256 " + Sha256.of(file) + System.lineSeparator());
        assertThat(GateRun.of("sidecar", "validate", file).code()).isZero();
        GateRun checkpoint = GateRun.of("sidecar", "materialize", file, file("c"));
        assertThat(checkpoint.out().lines()).hasSize(4)
                .contains(Sha256.of(file("c/delta_mem_config.json")) + "  " + file("c/delta_mem_config.json"),
                        file("c") + ": written, 31 tensors, 27112 values");
    }

    /** A sidecar that the C++ runtime does not take is written, with a finding. */
    @Test
    void whatIsUnsupportedIsWrittenAndSaid() {
        GateRun run = GateRun.of("sidecar", "synthesize", "--hidden", "16", "--layers", "0", "--heads", "2", file("a"));
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("ERROR NUM_STATE_HEADS key delta_mem.num_state_heads at byte ");
    }

    @Test
    void everyOptionOfTheSizesCounts() throws Exception {
        Path file = file("all.gguf");
        passes("sidecar", "synthesize", file, "--hidden", "24", "--rank", "4", "--states", "3", "--chunk-size", "17",
                "--alpha", "2.5", "--semantics", "2", "--no-normalize-qk", "--free-lambda", "--scalar-gates",
                "--update-mode", "lambda_outside", "--erase-gate", "0.5", "--top-k", "2", "--delta-heads", "k,v",
                "--layers", "3,9", "--widths", "11,7,5,13", "--dtype", "float32", "--base-sha256", SHA256,
                "--base-name", "base.gguf");
        JsonNode json = GateRun.of("sidecar", "inspect", file, "--json").json();
        String settings = json.toString();
        assertThat(settings).contains("\"format_version\":2", "\"base_gguf\":\"base.gguf\"",
                "\"base_gguf_sha256\":\"" + SHA256 + "\"", "\"hidden_size\":24", "\"rank\":4", "\"alpha\":2.5",
                "\"num_state_heads\":1", "\"rwkv_ms_num_states\":3", "\"rwkv_ms_chunk_size\":17",
                "\"rwkv_ms_semantics_version\":2", "\"rwkv_ms_erase_gate\":0.5", "\"rwkv_ms_read_top_k\":2",
                "\"state_update_mode\":\"lambda_outside\"", "\"normalize_qk\":false", "\"couple_lambda\":false",
                "\"rankwise_gates\":false", "\"target_layers\":[3,9]", "\"delta_heads\":[\"k\",\"v\"]");
        assertThat(json.at("/tensors")).hasSize(66);
        assertThat(json.at("/tensors/3/shape").toString()).isEqualTo("[11,4]");
        assertThat(json.at("/tensors/3/type").textValue()).isEqualTo("F32");
    }

    @Test
    void zeroDeltaIsSaidByItsTensors() throws Exception {
        passes("sidecar", "synthesize", "--hidden", "16", "--layers", "0", "--zero-delta", file("zero.gguf"));
        JsonNode tensors = GateRun.of("sidecar", "inspect", file("zero.gguf"), "--json").json().path("tensors");
        assertThat(tensors.get(6).path("name").textValue()).isEqualTo("blk.0.delta_o");
        assertThat(tensors.get(6).path("sha256").textValue())
                .isEqualTo(Sha256.of("\0".repeat(tensors.get(6).path("bytes").intValue())));
    }

    /** The sizes of the published file (sidecar.md), from the published manifest. */
    @TestFactory
    Stream<DynamicTest> thePublishedManifestGivesThePublishedSize() {
        return SharedCases.ofBuild().withUpstream("rwkv_ms_memory_sidecar_manifest.json",
                manifest -> Stream.of(DynamicTest.dynamicTest("1,663,840 and 1,663,968 bytes", () -> {
                    passes("sidecar", "synthesize", "--manifest", manifest, "--seed", "1", file("one.gguf"));
                    passes("sidecar", "synthesize", "--manifest", manifest, "--format-version", "2", file("two.gguf"));
                    assertThat(file("one.gguf")).hasSize(1_663_840);
                    assertThat(file("two.gguf")).hasSize(1_663_968);
                    passes("sidecar", "validate", file("one.gguf"));
                    passes("sidecar", "materialize", file("one.gguf"), file("checkpoint"));
                    assertThat(Sha256.of(file("checkpoint/delta_mem_config.json")))
                            .isEqualTo("6b1caad11fe5a419092155c96c77d6656f37a7a5df09ab4b3c07a26520f1e0ce");
                    assertThat(Sha256.of(file("checkpoint/adapter_metadata.json")))
                            .isEqualTo("b4a2860399909d48e58d836a8f0c2ef9970f24bfcfb205f0dcf7d1ab6e104eca");
                })));
    }

    /** PyTorch's checkpoint, with texts and base of the sidecar exported from it, gives the same file. */
    @TestFactory
    Stream<DynamicTest> aCheckpointOfPyTorchIsExported() {
        return SharedCases.ofBuild().oracleCase("v1-basic").map(oracle -> Stream.of(DynamicTest
                .dynamicTest("v1-basic", () -> {
                    Path original = oracle.resolve("sidecar.gguf");
                    passes("sidecar", "export", oracle.resolve("checkpoint"), file("like.gguf"), "--like", original);
                    assertThat(file("like.gguf")).hasSameBinaryContentAs(original);
                    passes("sidecar", "export", oracle.resolve("checkpoint"), file("own.gguf"), "--base",
                            oracle.resolve("base.gguf"), "--format-version", "2");
                    passes("sidecar", "validate", file("own.gguf"), "--base", oracle.resolve("base.gguf"));
                    GateRun compared = GateRun.of("sidecar", "compare", oracle.resolve("checkpoint"), original);
                    assertThat(compared.out().lines()).containsExactly(
                            "texts and base binding: not compared, a checkpoint of PyTorch has none",
                            oracle.resolve("checkpoint") + " and " + original + ": the same, 62 tensors, 11472 values");
                    GateRun unbound = GateRun.of("sidecar", "export", oracle.resolve("checkpoint"), file("none.gguf"));
                    assertThat(unbound.code()).isEqualTo(64);
                    assertThat(unbound.err())
                            .startsWith("gate: expected --base, --base-sha256 or --like, which name the"
                                    + " base model's file that the checkpoint does not name, found none");
                }))).orElseGet(() -> Stream.of(
                        SharedCases.notEvaluated("../shared/oracle/v1-basic is absent",
                                "it has PyTorch's checkpoint")));
    }

    @Test
    void differencesAreListedAndExit1() throws Exception {
        Path small = small();
        passes("sidecar", "synthesize", "--hidden", "16", "--layers", "0,5", "--seed", "8", "--alpha", "8", "--widths",
                "2048,512,512,17", "--base-sha256", SHA256, file("other.gguf"));
        GateRun run = GateRun.of("sidecar", "compare", small, file("other.gguf"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out().lines()).contains(
                "tensor \"model.language_model.layers.0.self_attn.delta_o_proj\", shape: [16, 8] and [17, 8]",
                "delta_mem_config.json, alpha: 16.0 and 8.0", "adapter_metadata.json, synthetic_seed: 7 and 8",
                "key delta_mem.base_gguf_sha256: \"" + "0".repeat(64) + "\" and \"" + SHA256 + "\"");
        JsonNode json = GateRun.of("sidecar", "compare", small, file("other.gguf"), "--json").json();
        assertThat(json.at("/ok").booleanValue()).isFalse();
        assertThat(run.out()).endsWith(": " + json.at("/differences").size() + " differences"
                + System.lineSeparator());
        assertThat(json.at("/differences/0/place").textValue())
                .isEqualTo("tensor \"model.language_model.layers.0.self_attn.memory_q_proj\", SHA-256");
        assertThat(json.at("/texts_and_base_compared").booleanValue()).isTrue();
    }

    @Test
    void nothingIsOverwrittenUnlessForced() throws Exception {
        Path small = small();
        passes("sidecar", "materialize", small, file("c"));
        Path precious = Files.writeString(file("precious"), "precious");
        String refusal = "gate: " + precious + ": expected no such file, found one; --force overwrites it";
        fails(2, refusal, "sidecar", "export", file("c"), precious);
        fails(2, refusal, "sidecar", "synthesize", "--hidden", "16", precious);
        fails(2, "gate: " + file("c/delta_mem_adapter.safetensors") + ": expected no such file, found one; --force"
                + " overwrites it", "sidecar", "materialize", small, file("c"));
        assertThat(precious).hasContent("precious");
        passes("sidecar", "export", file("c"), precious, "--force");
        assertThat(precious).hasSameBinaryContentAs(small);
        passes("sidecar", "synthesize", "--hidden", "16", "--force", precious);
        passes("sidecar", "materialize", precious, file("c"), "--force");
        passes("sidecar", "compare", precious, file("c"));
        fails(2, "gate: " + folder + ": expected a file to write, found a folder", "sidecar", "synthesize", "--force",
                folder);
        fails(2, "gate: " + small + ": expected a folder, found a file", "sidecar", "materialize", small, small);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).noneMatch(path -> path.toString().endsWith(".partial"));
        }
    }

    /** A checkpoint that does not make a sound sidecar leaves no file. */
    @Test
    void aMalformedSidecarIsNotWritten() throws Exception {
        passes("sidecar", "materialize", small(), file("c"));
        Path config = file("c/delta_mem_config.json");
        Files.writeString(config, Files.readString(config).replace("\"rank\": 8", "\"rank\": 9"));
        GateRun run = GateRun.of("sidecar", "export", file("c"), file("out.gguf"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().matches("gate: \\Q" + file("out.gguf")
                + "\\E: not written, it would be malformed: key delta_mem\\.config_json, rank at byte \\d+:"
                + " config_json contradicts a key: expected 8, found 9");
        assertThat(file("out.gguf")).doesNotExist();
        Files.writeString(config, Files.readString(config).replace("\"alpha\": 16.0", "\"alpha\": 8.0"));
        assertThat(GateRun.of("sidecar", "export", file("c"), file("out.gguf")).err())
                .endsWith(", found 9 (and 1 more)" + System.lineSeparator());
    }

    @Test
    void aBaseIsNamedByItsHash() throws Exception {
        Path base = Files.writeString(file("base.gguf"), "a base");
        passes("sidecar", "synthesize", "--hidden", "16", "--layers", "0", "--base", base, "--base-sha256",
                Sha256.of(base), file("bound.gguf"));
        passes("sidecar", "validate", file("bound.gguf"), "--base", base);
        fails(2, "gate: " + base + ": expected SHA-256 " + SHA256 + ", as --base-sha256 says, found " + Sha256.of(base),
                "sidecar", "synthesize", "--hidden", "16", "--base", base, "--base-sha256", SHA256, file("x.gguf"));
        GateRun malformed = GateRun.of("sidecar", "synthesize", "--hidden", "16", "--base-sha256", "12",
                file("x.gguf"));
        assertThat(malformed.code()).isEqualTo(2);
        assertThat(malformed.err()).contains("x.gguf: not written, it would be malformed: "
                + "key delta_mem.base_gguf_sha256");
    }

    @Test
    void unreadableInputsExit2() throws IOException {
        Path none = file("none");
        fails(2, "gate: " + none + ": cannot be read or written: NotDirectoryException", "sidecar", "export", none,
                file("x"));
        fails(2, "gate: " + file("delta_mem_config.json") + ": expected a JSON file, found none", "sidecar", "export",
                folder, file("x"));
        Path manifest = Files.writeString(file("manifest.json"), "{");
        GateRun run = GateRun.of("sidecar", "synthesize", "--manifest", manifest, file("x"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).startsWith("gate: " + manifest + ": expected JSON, found Unexpected end-of-input");
        Files.writeString(manifest, "{}");
        fails(2, "gate: " + manifest + ": manifest, tensors: expected an array of tensors, found none", "sidecar",
                "synthesize", "--manifest", manifest, file("x"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--rank 0 | rank: expected 1 to 32768, found 0",
            "--semantics 2 --format-version 1 | semantics version: expected 1 to 1, found 2",
            "--format-version 3 | format version: expected 1 or 2, found 3",
            "--update-mode x | --update-mode: expected standard, lambda_outside or no_lambda, found x",
            "--dtype x | --dtype: expected bfloat16, float16 or float32, found x",
            "--delta-heads q,x | --delta-heads: expected some of q, k, v, o, found x",
            "--widths 1,2,3 | --widths: expected four numbers, found 3",
            "--layers 1,1 | --layers: expected each layer once, found 1 again",
            "--manifest x --rank 8 --hidden 3 | --manifest: expected no sizes beside it, found --rank"})
    void sizesThatNoSidecarHasAreUsage(String options, String message) {
        String[] words = ("sidecar synthesize " + options + " " + file("x.gguf")).split(" ");
        GateRun run = GateRun.of((Object[]) words);
        assertThat(run.code()).isEqualTo(64);
        assertThat(run.errors()).containsExactly("gate: " + message,
                "usage: 'gate sidecar synthesize --help' lists what it takes");
        assertThat(file("x.gguf")).doesNotExist();
    }

    private static void passes(Object... arguments) {
        GateRun run = GateRun.of(arguments);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    private static void fails(int code, String message, Object... arguments) {
        GateRun run = GateRun.of(arguments);
        assertThat(run.errors()).containsExactly(message);
        assertThat(run.code()).isEqualTo(code);
    }
}
