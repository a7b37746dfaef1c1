package rwkvms.sidecar;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The two versions of the sidecar format, and the fixed texts of both (sidecar.md). */
public enum SidecarSchema {
    V1(1, "delta_mem_rwkv_ms_memory_gguf_sidecar.v1"),
    V2(2, "delta_mem_rwkv_ms_memory_gguf_sidecar.v2");

    /** Far above every transformer; keeps the work on a hostile list small. */
    public static final int MAX_LAYERS = 1024;
    /** Widest memory D = N · r: from 46,341 on, its [D, D] weights have more than the 2^31 values a tensor can have. */
    public static final int MAX_STATE_WIDTH = 32_768;

    public static final String ARCHITECTURE = "rwkv_ms_memory";
    public static final String NAME_FORMAT = "compact_with_source_name_manifest";
    public static final String STATE_DTYPE = "f32";
    public static final String MEMORY_BACKEND = "rwkv_ms";

    private final int version;
    private final String schema;

    SidecarSchema(int version, String schema) {
        this.version = version;
        this.schema = schema;
    }

    int version() {
        return version;
    }

    /** The text of the key {@code schema}. */
    public String schema() {
        return schema;
    }

    /** The schema of a format version; {@link IllegalArgumentException} for other versions than 1 and 2. */
    public static SidecarSchema of(int version) {
        return switch (version) {
            case 1 -> V1;
            case 2 -> V2;
            default -> throw new IllegalArgumentException("format version: expected 1 or 2, found " + version);
        };
    }

    public static Optional<SidecarSchema> ofName(String schema) {
        return Stream.of(values()).filter(candidate -> candidate.schema.equals(schema)).findFirst();
    }

    public static List<String> names() {
        return Stream.of(values()).map(SidecarSchema::schema).toList();
    }
}
