package rwkvms.sidecar.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import rwkvms.sidecar.SidecarDraft;
import rwkvms.sidecar.SidecarSchema;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.WeightsManifest;

class SyntheticManifestTests {
    private static final SidecarDraft DRAFT = SyntheticSidecar.SMALL.withVersions(2, 2).draft(9);

    /** The manifest that an exporter would leave beside the sidecar. */
    private static ObjectNode manifest() {
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        manifest.put("schema", SidecarSchema.V2.schema()).put("status", "synthetic").put("base_gguf_sha256",
                DRAFT.origin().baseSha256());
        manifest.set("config", DRAFT.config());
        manifest.set("adapter_metadata", DRAFT.metadata());
        manifest.set("summary", DRAFT.summary());
        manifest.set("tensors", WeightsManifest.of(DRAFT.layers()).entries());
        return manifest;
    }

    @Test
    void givesBackASyntheticSidecarOfTheSameSeed() throws JsonProcessingException {
        assertThat(SidecarWriter.toBytes(SyntheticManifest.draft(manifest().toString(), 9)))
                .isEqualTo(SidecarWriter.toBytes(DRAFT));
        assertThat(SidecarWriter.toBytes(SyntheticManifest.draft(manifest().toString(), 8)))
                .isNotEqualTo(SidecarWriter.toBytes(DRAFT));
    }

    @Test
    void refusesWhatDescribesNoSidecar() {
        refuses(manifest -> manifest.put("schema", "other"),
                "manifest: expected schema [delta_mem_rwkv_ms_memory_gguf_sidecar.v1, "
                        + "delta_mem_rwkv_ms_memory_gguf_sidecar.v2], found \"other\"");
        refuses(manifest -> manifest.remove("tensors"),
                "manifest, tensors: expected an array of tensors, found none");
        refuses(manifest -> manifest.putArray("tensors"), "manifest, tensors: expected an array of tensors, found []");
        refuses(manifest -> manifest.remove("summary"),
                "manifest, summary, rank: expected an integer from 1, found none");
        refuses(manifest -> manifest.putObject("summary").put("rank", 0),
                "manifest, summary, rank: expected an integer from 1, found 0");
        refusesSecond(entry -> entry.put("name", "blk.0.mem_x"),
                "manifest, tensors[1], name: expected blk.<layer>.<tensor>, found \"blk.0.mem_x\"");
        refusesSecond(entry -> entry.put("name", "blk.0.mem_q"),
                "manifest, tensors[1], name: expected each name once, found \"blk.0.mem_q\" again");
        refusesSecond(entry -> entry.putArray("shape").add(8),
                "manifest, tensors[1], shape: expected 2 integers from 1, found [8]");
        refusesSecond(entry -> entry.putArray("shape").add(8).add(0),
                "manifest, tensors[1], shape: expected 2 integers from 1, found [8,0]");
        refusesSecond(entry -> entry.put("shape", "8"),
                "manifest, tensors[1], shape: expected 2 integers from 1, found \"8\"");
        refusesSecond(entry -> entry.putArray("shape").add(65_536).add(65_536),
                "manifest, tensors[1], shape: expected at most 268435456 values, found [65536,65536]");
        refusesSecond(entry -> entry.put("torch_dtype", "int8"),
                "manifest, tensors[1], torch_dtype: expected bfloat16, float16 or float32, found \"int8\"");
        refuses(manifest -> ((ArrayNode) manifest.path("tensors")).remove(1),
                "layer weights: expected mem_k, found none");
    }

    /** No more is drawn than the bound, though every tensor is within it. */
    @Test
    void refusesMoreValuesThanItDraws() {
        refuses(manifest -> {
            ArrayNode tensors = (ArrayNode) manifest.path("tensors");
            ((ObjectNode) tensors.get(0)).putArray("shape").add(1).add(1);
            ((ObjectNode) tensors.get(1)).putArray("shape").add(1).add(SyntheticManifest.MAX_VALUES);
        }, "manifest, tensors: expected at most 268435456 values in all, found more at tensors[1]");
    }

    private static void refusesSecond(Consumer<ObjectNode> edit, String message) {
        refuses(manifest -> edit.accept((ObjectNode) manifest.path("tensors").get(1)), message);
    }

    private static void refuses(Consumer<ObjectNode> edit, String message) {
        ObjectNode manifest = manifest().deepCopy();
        edit.accept(manifest);
        assertThatIllegalArgumentException().isThrownBy(() -> SyntheticManifest.draft(manifest.toString(), 1))
                .withMessage(message);
    }
}
