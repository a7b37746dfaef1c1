package rwkvms.claims;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.sidecar.SidecarWriter;
import rwkvms.sidecar.TensorNames;
import rwkvms.sidecar.synthesis.SyntheticManifest;

/** Claims about the published sidecar: its tensors, its size and its hashes. */
final class SidecarClaims {
    private static final String TOPIC = "sidecar";
    private static final int LAYERS = 6;
    private static final int RANK = 8;
    private static final int BFLOAT16_BYTES = 2;

    private final Optional<JsonNode> manifest;
    private final Optional<JsonNode> memoryManifest;

    private SidecarClaims(Optional<JsonNode> manifest, Optional<JsonNode> memoryManifest) {
        this.manifest = manifest;
        this.memoryManifest = memoryManifest;
    }

    static List<Claim> all(PublishedFiles files) throws IOException {
        return new SidecarClaims(files.json(PublishedFiles.SIDECAR_MANIFEST),
                files.json(PublishedFiles.MEMORY_MANIFEST)).all();
    }

    private List<Claim> all() {
        long perLayer = List.of(MemoryTensor.values()).stream().filter(tensor -> !tensor.ofFreeLambda()).count();
        List<Claim> claims = new ArrayList<>();
        claims.add(Claim.compared(TOPIC, "tensors", "186", String.valueOf(LAYERS * perLayer),
                LAYERS + " layers of " + perLayer + " tensors"));
        claims.add(Claim.compared(TOPIC, "bytes of weights", "1,595,616",
                ParameterClaims.grouped(BFLOAT16_BYTES * ParameterCount.of(LAYERS, RANK).saved()),
                "bfloat16, two bytes per value"));
        claims.add(ofManifest("tensors in the manifest", "186 of BF16, 797,808 values", SidecarClaims::tensors));
        claims.add(ofManifest("bytes of the file", "1,663,840", SidecarClaims::fileSize));
        claims.add(ofManifest("wrapped layers, heads, rank, alpha, states, chunk",
                "[0,1,2,3,4,5], [q,o], 8, 16, 4, 1024", SidecarClaims::settings));
        claims.add(ofManifest("q, k, v, o widths of layer 5", "4096, 1024, 1024, 2560", SidecarClaims::fullLayer));
        claims.add(ofManifest("both manifests name the same tensors", "186 equal", this::sameTensors));
        claims.add(hash("sidecar", "0c646a77…", "output_sha256"));
        claims.add(hash("base model", "fb8f0c03…", "base_gguf_sha256"));
        claims.add(hash("multimodal projector", "51d4b7fd…", "mmproj_gguf_sha256"));
        claims.add(Claim.notCheckable(TOPIC, "bytes of base model and multimodal projector",
                "8,031,240,160 and 559,874,528", "needs the model files"));
        return claims;
    }

    /** A claim that the manifest decides, or that is not checkable without one. */
    private Claim ofManifest(String subject, String claimed, Recomputation recomputed) {
        return PublishedFiles.decided(TOPIC, subject, claimed, PublishedFiles.SIDECAR_MANIFEST, manifest,
                json -> Claim.compared(TOPIC, subject, claimed, recomputed.of(json), "from the published manifest"));
    }

    private interface Recomputation {
        String of(JsonNode manifest);
    }

    /** Counts the tensors whose name is one of a layer's, whose size is its shape's, and that are BF16. */
    private static String tensors(JsonNode manifest) {
        long values = 0;
        int sound = 0;
        for (JsonNode tensor : manifest.path("tensors")) {
            long count = tensor.path("shape").valueStream().mapToLong(JsonNode::longValue).reduce(1,
                    Math::multiplyExact);
            boolean named = TensorNames.parseCompact(tensor.path("name").asText())
                    .filter(ref -> ref.source().equals(tensor.path("source_name").asText())).isPresent();
            boolean sized = tensor.path("numel").longValue() == count
                    && tensor.path("bytes").longValue() == BFLOAT16_BYTES * count;
            sound += named && sized && tensor.path("gguf_type").asText().equals("BF16") ? 1 : 0;
            values += count;
        }
        return sound + " of BF16, " + ParameterClaims.grouped(values) + " values";
    }

    /** Writes a sidecar from that manifest with synthetic weights. */
    private static String fileSize(JsonNode manifest) {
        try {
            return ParameterClaims
                    .grouped(SidecarWriter.toBytes(SyntheticManifest.draft(manifest.toString(), 0)).length);
        } catch (IOException | IllegalArgumentException e) {
            return "no sidecar can be written of it: " + e.getMessage();
        }
    }

    private static String settings(JsonNode manifest) {
        JsonNode config = manifest.path("config");
        return config.path("target_layers") + ", " + config.path("delta_heads").toString().replace("\"", "") + ", "
                + config.path("rank") + ", " + Math.round(config.path("alpha").doubleValue()) + ", "
                + config.path("rwkv_ms_num_states") + ", " + config.path("rwkv_ms_chunk_size");
    }

    private static String fullLayer(JsonNode manifest) {
        JsonNode layer = manifest.path("per_layer_attention").path(LAYERS - 1);
        return layer.path("q_out") + ", " + layer.path("k_out") + ", " + layer.path("v_out") + ", "
                + layer.path("o_out");
    }

    private String sameTensors(JsonNode manifest) {
        JsonNode inventory = memoryManifest.map(json -> json.path("tensors")).orElse(null);
        if (inventory == null) {
            return "the other manifest, " + PublishedFiles.MEMORY_MANIFEST + ", is absent";
        }
        int equal = 0;
        for (int i = 0; i < inventory.size(); i++) {
            JsonNode here = manifest.path("tensors").path(i);
            JsonNode there = inventory.path(i);
            equal += here.path("source_name").equals(there.path("name"))
                    && here.path("shape").equals(there.path("shape")) ? 1 : 0;
        }
        return equal + " equal";
    }

    private Claim hash(String subject, String claimed, String key) {
        String start = claimed.substring(0, claimed.length() - 1);
        String named = manifest.map(json -> json.path(key).asText().startsWith(start)
                ? "; the published manifest names the same"
                : "; the published manifest names " + json.path(key).asText()).orElse("");
        return Claim.notCheckable(TOPIC, "SHA-256 of the " + subject, claimed, "needs the file" + named);
    }
}
