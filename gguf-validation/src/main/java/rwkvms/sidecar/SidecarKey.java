package rwkvms.sidecar;

import java.util.Arrays;
import java.util.Optional;
import rwkvms.gguf.GgufType;

/**
 * The keys of a sidecar in the order of a file (sidecar.md): 34, and two more in format version 2.
 *
 * <p>An empty text is not written, so its absence is no fault.
 */
public enum SidecarKey {
    ARCHITECTURE("general.architecture", GgufType.STRING, Presence.REQUIRED),
    ALIGNMENT("general.alignment", GgufType.UINT32, Presence.REQUIRED),
    NAME("general.name", GgufType.STRING, Presence.OPTIONAL),
    DESCRIPTION("general.description", GgufType.STRING, Presence.OPTIONAL),
    REPO_URL("general.source.repo_url", GgufType.STRING, Presence.OPTIONAL),
    SCHEMA("delta_mem.schema", GgufType.STRING, Presence.REQUIRED),
    STATUS("delta_mem.status", GgufType.STRING, Presence.OPTIONAL),
    MEMORY_TYPE("delta_mem.memory_type", GgufType.STRING, Presence.OPTIONAL),
    MEMORY_BACKEND("delta_mem.memory_backend", GgufType.STRING, Presence.OPTIONAL),
    MEMORY_READOUT_MODE("delta_mem.memory_readout_mode", GgufType.STRING, Presence.OPTIONAL),
    BASE_MODEL("delta_mem.base_model", GgufType.STRING, Presence.OPTIONAL),
    CHECKPOINT_REPO("delta_mem.checkpoint_repo", GgufType.STRING, Presence.OPTIONAL),
    BASE_GGUF("delta_mem.base_gguf", GgufType.STRING, Presence.OPTIONAL),
    /** Required too, but its absence has its own finding. */
    BASE_SHA256("delta_mem.base_gguf_sha256", GgufType.STRING, Presence.OPTIONAL),
    MMPROJ_GGUF("delta_mem.mmproj_gguf", GgufType.STRING, Presence.OPTIONAL),
    MMPROJ_SHA256("delta_mem.mmproj_gguf_sha256", GgufType.STRING, Presence.OPTIONAL),
    NAME_FORMAT("delta_mem.tensor_name_format", GgufType.STRING, Presence.REQUIRED),
    FORMAT_VERSION("delta_mem.format_version", GgufType.UINT32, Presence.REQUIRED),
    TENSOR_COUNT("delta_mem.tensor_count", GgufType.UINT32, Presence.REQUIRED),
    TOTAL_NUMEL("delta_mem.total_numel", GgufType.UINT64, Presence.REQUIRED),
    TOTAL_BYTES("delta_mem.total_bytes", GgufType.UINT64, Presence.REQUIRED),
    RANK("delta_mem.rank", GgufType.UINT32, Presence.REQUIRED),
    ALPHA("delta_mem.alpha", GgufType.FLOAT32, Presence.REQUIRED),
    NUM_STATE_HEADS("delta_mem.num_state_heads", GgufType.UINT32, Presence.REQUIRED),
    NUM_STATES("delta_mem.rwkv_ms_num_states", GgufType.UINT32, Presence.REQUIRED),
    CHUNK_SIZE("delta_mem.rwkv_ms_chunk_size", GgufType.UINT32, Presence.REQUIRED),
    SEMANTICS_VERSION("delta_mem.rwkv_ms_semantics_version", GgufType.UINT32, Presence.VERSION_2),
    STATE_DTYPE("delta_mem.rwkv_ms_state_dtype", GgufType.STRING, Presence.VERSION_2),
    BOUNDARY_MODE("delta_mem.rwkv_ms_boundary_mode", GgufType.STRING, Presence.OPTIONAL),
    TARGET_LAYERS("delta_mem.target_layers_json", GgufType.STRING, Presence.REQUIRED),
    DELTA_HEADS("delta_mem.delta_heads_json", GgufType.STRING, Presence.REQUIRED),
    PER_LAYER_ATTENTION("delta_mem.per_layer_attention_json", GgufType.STRING, Presence.REQUIRED),
    CONFIG("delta_mem.config_json", GgufType.STRING, Presence.REQUIRED),
    METADATA("delta_mem.adapter_metadata_json", GgufType.STRING, Presence.REQUIRED),
    TENSOR_MANIFEST("delta_mem.tensor_manifest_json", GgufType.STRING, Presence.REQUIRED),
    RUNTIME_HOOKS("delta_mem.required_runtime_hooks_json", GgufType.STRING, Presence.REQUIRED);

    /** When a key must be there. */
    public enum Presence {
        REQUIRED,
        /** May be absent: a text that would be empty, or a key with its own finding. */
        OPTIONAL,
        /** Required in format version 2, unknown to version 1. */
        VERSION_2
    }

    private static final String JSON_SUFFIX = "_json";

    private final String key;
    private final GgufType type;
    private final Presence presence;

    SidecarKey(String key, GgufType type, Presence presence) {
        this.key = key;
        this.type = type;
        this.presence = presence;
    }

    /** The key as stored. */
    public String key() {
        return key;
    }

    public GgufType type() {
        return type;
    }

    public Presence presence() {
        return presence;
    }

    /** Whether the text is a JSON document. */
    public boolean isJson() {
        return key.endsWith(JSON_SUFFIX);
    }

    public static Optional<SidecarKey> of(String key) {
        return Arrays.stream(values()).filter(candidate -> candidate.key.equals(key)).findFirst();
    }
}
