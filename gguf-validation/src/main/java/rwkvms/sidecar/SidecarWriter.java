package rwkvms.sidecar;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;
import rwkvms.tensor.Tensor;

/**
 * Writes sidecars (sidecar.md): keys and tensors in the format's order, embedded JSON as Python writes it, counts,
 * shapes and hashes computed from the weights. Writing an exporter's draft again gives its file byte for byte.
 *
 * <p>A draft that lacks what a required key needs causes an {@link IllegalArgumentException}.
 */
public final class SidecarWriter {
    private SidecarWriter() {
    }

    /** Writes through a temporary file and one rename; see {@link GgufWriter#write} for {@code replace}. */
    public static void write(Path target, SidecarDraft draft, boolean replace) throws IOException {
        GgufWriter.write(target, pairs(draft), tensors(draft), replace);
    }

    /** The whole file in memory. */
    public static byte[] toBytes(SidecarDraft draft) {
        return GgufWriter.toBytes(pairs(draft), tensors(draft));
    }

    /** Keys and values as they are written, in order; an empty text's key is left out. */
    public static List<GgufPair> pairs(SidecarDraft draft) {
        WeightsManifest manifest = WeightsManifest.of(draft.layers());
        List<GgufPair> pairs = new ArrayList<>();
        for (SidecarKey key : SidecarKey.values()) {
            if (key.presence() == SidecarKey.Presence.VERSION_2 && draft.formatVersion() == 1) {
                continue;
            }
            GgufValue value = value(key, draft, manifest);
            if (!value.equals(GgufValue.text(""))) {
                pairs.add(new GgufPair(key.key(), value));
            }
        }
        return pairs;
    }

    public static List<GgufTensor> tensors(SidecarDraft draft) {
        List<GgufTensor> tensors = new ArrayList<>();
        draft.layers().forEach((layer, weights) -> weights.tensors()
                .forEach((name, tensor) -> tensors.add(tensor(TensorNames.compact(layer, name), tensor))));
        return tensors;
    }

    private static GgufTensor tensor(String name, Tensor tensor) {
        List<Long> ne = new ArrayList<>();
        for (long dimension : tensor.shape().dims()) {
            ne.addFirst(dimension);
        }
        return new GgufTensor(name, ggmlType(name, tensor), ne, tensor.bytes());
    }

    static GgmlType ggmlType(String name, Tensor tensor) {
        return TensorTypes.ggml(tensor.dtype()).orElseThrow(() -> new IllegalArgumentException(
                name + ": expected bfloat16, float16 or float32, found " + tensor.dtype().label()));
    }

    private static GgufValue value(SidecarKey key, SidecarDraft draft, WeightsManifest manifest) {
        SidecarOrigin origin = draft.origin();
        JsonNode config = draft.config();
        JsonNode summary = draft.summary();
        return switch (key) {
            case ARCHITECTURE -> GgufValue.text(SidecarSchema.ARCHITECTURE);
            case ALIGNMENT -> GgufValue.u32(GgufWriter.ALIGNMENT);
            case NAME -> GgufValue.text(draft.texts().name());
            case DESCRIPTION -> GgufValue.text(draft.texts().description());
            case REPO_URL -> GgufValue.text(origin.sourceRepo());
            case SCHEMA -> GgufValue.text(SidecarSchema.of(draft.formatVersion()).schema());
            case STATUS -> GgufValue.text(origin.status());
            case MEMORY_TYPE -> GgufValue.text(Json.text(draft.metadata(), "memory_type"));
            case MEMORY_BACKEND ->
                GgufValue.text(config.path("memory_backend").asText(SidecarSchema.MEMORY_BACKEND));
            case MEMORY_READOUT_MODE -> GgufValue.text(Json.text(config, "memory_readout_mode"));
            case BASE_MODEL -> GgufValue.text(Json.text(draft.metadata(), "base_model"));
            case CHECKPOINT_REPO -> GgufValue.text(origin.checkpointRepo());
            case BASE_GGUF -> GgufValue.text(origin.baseGguf());
            case BASE_SHA256 -> GgufValue.text(origin.baseSha256());
            case MMPROJ_GGUF -> GgufValue.text(origin.mmprojGguf());
            case MMPROJ_SHA256 -> GgufValue.text(origin.mmprojSha256());
            case NAME_FORMAT -> GgufValue.text(SidecarSchema.NAME_FORMAT);
            case FORMAT_VERSION -> GgufValue.u32(draft.formatVersion());
            case TENSOR_COUNT -> GgufValue.u32(manifest.entries().size());
            case TOTAL_NUMEL -> GgufValue.u64(manifest.totalNumel());
            case TOTAL_BYTES -> GgufValue.u64(manifest.totalBytes());
            case RANK -> GgufValue.u32(required(summary, "rank").longValue());
            case ALPHA -> GgufValue.f32(required(summary, "alpha").floatValue());
            case NUM_STATE_HEADS -> GgufValue.u32(config.path("num_state_heads").asLong(0));
            case NUM_STATES -> GgufValue.u32(required(summary, "rwkv_ms_num_states").longValue());
            case CHUNK_SIZE -> GgufValue.u32(required(summary, "rwkv_ms_chunk_size").longValue());
            case SEMANTICS_VERSION -> GgufValue.u32(summary.path("rwkv_ms_semantics_version")
                    .asLong(config.path("rwkv_ms_semantics_version").asLong(SidecarSettings.DEFAULT_SEMANTICS)));
            case STATE_DTYPE -> GgufValue.text(SidecarSchema.STATE_DTYPE);
            case BOUNDARY_MODE -> GgufValue.text(Json.text(config, "rwkv_ms_boundary_mode"));
            case TARGET_LAYERS -> json(required(summary, "target_layers"));
            case DELTA_HEADS -> json(required(summary, "delta_heads"));
            case PER_LAYER_ATTENTION -> json(AttentionOutputs.json(draft.layers()));
            case CONFIG -> json(config);
            case METADATA -> json(draft.metadata());
            case TENSOR_MANIFEST -> json(manifest.entries());
            case RUNTIME_HOOKS -> GgufValue.text(draft.texts().runtimeHooksJson());
        };
    }

    private static GgufValue json(JsonNode document) {
        return GgufValue.text(PythonJson.compact(document, PythonJson.Keys.SORTED));
    }

    private static JsonNode required(JsonNode summary, String name) {
        JsonNode value = summary.path(name);
        if (value.isMissingNode()) {
            throw new IllegalArgumentException("summary: expected " + name + ", found none");
        }
        return value;
    }
}
