package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All that {@code gate sidecar inspect} says of a committed sidecar. */
final class SidecarInspectTests {
    private static final Path BASIC = EditedFixture.sidecar("basic");

    @TempDir
    private Path folder = Path.of("");

    /** Returns the text that was printed once and read by people; FILE stands for the sidecar's path. */
    private static String expected() throws IOException {
        try (InputStream in = Objects.requireNonNull(SidecarInspectTests.class.getResourceAsStream("inspect.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("FILE", BASIC.toString());
        }
    }

    @Test
    void theTextIsWhole() throws IOException {
        assertThat(GateRun.of("sidecar", "inspect", BASIC).out()).isEqualToNormalizingNewlines(expected());
    }

    /** Sixty characters of a text are shown, and the number of all if there are more. */
    @Test
    void aLongTextIsCut() {
        Path file = folder.resolve("s.gguf");
        GateRun.of("sidecar", "synthesize", "--hidden", 16, "--layers", "0,5", "--zero-delta", "--base-name",
                "n".repeat(60), file);
        assertThat(GateRun.of("sidecar", "inspect", file).out().lines()).anyMatch(
                line -> line.matches("delta_mem\\.base_gguf +str +\\d+  n{60}")).anyMatch(
                        line -> line.matches("blk\\.0\\.delta_q +BF16 \\[2048, 8] .*"))
                .anyMatch(line -> line.matches("blk\\.5\\.delta_q +BF16 \\[4096, 8] .*"))
                .anyMatch(line -> line.matches("blk\\.0\\.delta_o +BF16 \\[16, 8] .*"));
        GateRun.of("sidecar", "synthesize", "--hidden", 16, "--layers", 0, "--base-name", "n".repeat(61), "--force",
                file);
        assertThat(GateRun.of("sidecar", "inspect", file).out().lines()).anyMatch(
                line -> line.matches("delta_mem\\.base_gguf +str +\\d+  n{60}… \\(61 characters\\)"));
    }

    @Test
    void soIsTheJson() throws IOException {
        ObjectNode json = (ObjectNode) GateRun.of("sidecar", "inspect", BASIC, "--json").own();

        assertThat(json.path("keys")).hasSize(32);
        assertThat(json.at("/keys/1"))
                .hasToString("{\"key\":\"general.alignment\",\"type\":\"u32\",\"offset\":107,\"value\":32}");
        assertThat(json.at("/keys/5")).hasToString("{\"key\":\"delta_mem.schema\",\"type\":\"str\",\"offset\":385,"
                + "\"value\":\"delta_mem_rwkv_ms_memory_gguf_sidecar.v1\"}");
        assertThat(json.at("/keys/20"))
                .hasToString("{\"key\":\"delta_mem.alpha\",\"type\":\"f32\",\"offset\":1230,\"value\":16.0}");
        assertThat(json.path("tensors")).hasSize(62);
        assertThat(json.at("/tensors/3"))
                .hasToString("{\"name\":\"blk.0.delta_q\",\"type\":\"BF16\",\"dtype\":\"bfloat16\","
                        + "\"shape\":[96,8],\"values\":768,\"bytes\":1536,\"offset\":25504,\"sha256\":\""
                        + json.at("/tensors/3/sha256").textValue() + "\"}");
        json.remove(List.of("keys", "tensors"));
        assertThat(json).hasToString("""
                {"ok":true,"errors":[],"file":"%s","bytes":46304,\
                "sha256":"9ae51ec313c841422725bb6c6a7e6a5584c71fa235cd4a77b22ef59110f319ee","gguf_version":3,\
                "format_version":1,"header_bytes":22429,"data_start":22432,"data_bytes":23872,"alignment":32,\
                "base_gguf":"base.gguf",\
                "base_gguf_sha256":"cde3c6e2105a990caec8d84fe9805b88285e4c1db4145210f3943dfedd471b61",\
                "hidden_size":64,"rank":8,"alpha":16.0,"num_state_heads":1,"rwkv_ms_num_states":4,\
                "rwkv_ms_chunk_size":1024,"rwkv_ms_boundary_mode":"fixed_chunk","rwkv_ms_semantics_version":1,\
                "rwkv_ms_erase_gate":1.0,"rwkv_ms_read_top_k":0,"state_update_mode":"standard","normalize_qk":true,\
                "couple_lambda":true,"rankwise_gates":true,"trainable_delta_scale":false,"target_layers":[0,1],\
                "delta_heads":["q","o"],"values":11728}""".formatted(BASIC));
    }
}
