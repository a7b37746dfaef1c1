package rwkvms.gguf;

import java.util.Arrays;
import java.util.Optional;

/** Types of a GGUF value, in the order of their ids (GGUF specification, {@code gguf_metadata_value_type}). */
public enum GgufType {
    UINT8(0, "u8", 1),
    INT8(1, "i8", 1),
    UINT16(2, "u16", 2),
    INT16(3, "i16", 2),
    UINT32(4, "u32", 4),
    INT32(5, "i32", 4),
    FLOAT32(6, "f32", 4),
    BOOL(7, "bool", 1),
    STRING(8, "str", 0),
    ARRAY(9, "array", 0),
    UINT64(10, "u64", 8),
    INT64(11, "i64", 8),
    FLOAT64(12, "f64", 8);

    private final int id;
    private final String label;
    private final int bytes;

    GgufType(int id, String label, int bytes) {
        this.id = id;
        this.label = label;
        this.bytes = bytes;
    }

    /** The id stored in a file. */
    public int id() {
        return id;
    }

    /** Short name as sidecar.md uses it, such as {@code u32}. */
    public String label() {
        return label;
    }

    /** Stored bytes of one value, or 0 for strings and arrays, whose size varies. */
    public int bytes() {
        return bytes;
    }

    public static Optional<GgufType> ofId(long id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }
}
