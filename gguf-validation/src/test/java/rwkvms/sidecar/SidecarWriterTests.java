package rwkvms.sidecar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.testing.OriginalCases;
import rwkvms.gguf.GgufPair;
import rwkvms.sidecar.testing.Drafts;
import rwkvms.sidecar.testing.SidecarSizes;
import rwkvms.sidecar.validation.SidecarReader;

class SidecarWriterTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", ".."));

    /** From the exporter's manifest, the weights, and the exporter's free texts alone. */
    @TestFactory
    Stream<DynamicTest> writesEveryOriginalSidecarByteForByte() {
        return OriginalCases.forEach(folder -> {
            Path original = folder.resolve("sidecar.gguf");
            try (Sidecar sidecar = SidecarReader.open(original)) {
                SidecarDraft draft = SidecarDraft.ofManifest(manifest(folder),
                        sidecar.toDraft().texts(), sidecar.toDraft().layers());
                assertThat(SidecarWriter.toBytes(draft)).isEqualTo(Files.readAllBytes(original));
            }
        });
    }

    private static String manifest(Path folder) throws IOException {
        Path plain = folder.resolve("manifest.json");
        if (Files.isRegularFile(plain)) {
            return Files.readString(plain);
        }
        try (InputStream in = new GZIPInputStream(Files.newInputStream(folder.resolve("manifest.json.gz")))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    /** Whoever writes a reader or a writer from that page alone sees the form of the JSON strings there. */
    @Test
    void thePageShowsJsonOfARealSidecar() throws Exception {
        String page = Files.readString(ROOT.resolve("docs/spec/sidecar.md"));
        List<String> shown = page.substring(page.indexOf("```json\n") + 8, page.lastIndexOf("```")).lines().toList();
        String sidecar = Files.readString(ROOT.resolve("golden/original/v1-basic/sidecar.gguf"), ISO_8859_1);

        assertThat(shown).hasSize(4).allSatisfy(json -> assertThat(sidecar).contains(json));
    }

    @Test
    void writesTheKeysInTheOrderOfTheFormat() {
        assertThat(keys(Drafts.of(SidecarSizes.SMALL, 1))).containsExactly("general.architecture",
                "general.alignment", "general.name", "general.description", "delta_mem.schema", "delta_mem.status",
                "delta_mem.memory_type", "delta_mem.memory_backend", "delta_mem.base_model", "delta_mem.base_gguf",
                "delta_mem.base_gguf_sha256", "delta_mem.tensor_name_format", "delta_mem.format_version",
                "delta_mem.tensor_count", "delta_mem.total_numel", "delta_mem.total_bytes", "delta_mem.rank",
                "delta_mem.alpha", "delta_mem.num_state_heads", "delta_mem.rwkv_ms_num_states",
                "delta_mem.rwkv_ms_chunk_size", "delta_mem.rwkv_ms_semantics_version",
                "delta_mem.rwkv_ms_state_dtype", "delta_mem.rwkv_ms_boundary_mode", "delta_mem.target_layers_json",
                "delta_mem.delta_heads_json", "delta_mem.per_layer_attention_json", "delta_mem.config_json",
                "delta_mem.adapter_metadata_json", "delta_mem.tensor_manifest_json",
                "delta_mem.required_runtime_hooks_json");
        assertThat(keys(Drafts.of(SidecarSizes.SMALL.withFormatVersion(1), 1)))
                .doesNotContain("delta_mem.rwkv_ms_semantics_version", "delta_mem.rwkv_ms_state_dtype");
    }

    @Test
    void refusesADraftThatLacksWhatAKeyNeeds() {
        SidecarDraft draft = Drafts.of(SidecarSizes.SMALL, 1);
        ((ObjectNode) draft.summary()).remove("rank");
        assertThatIllegalArgumentException().isThrownBy(() -> SidecarWriter.toBytes(draft))
                .withMessage("summary: expected rank, found none");
        assertThatIllegalArgumentException().isThrownBy(() -> draft.withFormatVersion(3))
                .withMessage("format version: expected 1 or 2, found 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SidecarDraft.ofManifest("{\"schema\":\"x\"}", ExporterTexts.OWN, draft.layers()))
                .withMessage("manifest: expected schema [delta_mem_rwkv_ms_memory_gguf_sidecar.v1, "
                        + "delta_mem_rwkv_ms_memory_gguf_sidecar.v2], found \"x\"");
    }

    private static List<String> keys(SidecarDraft draft) {
        return SidecarWriter.pairs(draft).stream().map(GgufPair::key).toList();
    }
}
