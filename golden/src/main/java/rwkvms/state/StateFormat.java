package rwkvms.state;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The layout of a payload of version 2 (docs/state-format.md), in bytes from its magic, little-endian.
 *
 * <pre>
 *  0  "RMVS", u32 version 2
 *  8  u32 each: number of target layers, num_states, num_state_heads, rank, chunk_size
 * 28  fingerprint, 32 bytes
 * 60  u64 bytes of the body
 * 68  per layer: u32 index, i64 position, f32 previous source [D], f32 state [N, K, r, r]
 *     SHA-256 of everything before it, 32 bytes
 * </pre>
 */
public final class StateFormat {
    static final byte[] MAGIC = "RMVS".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 2;
    static final int VERSION_OFFSET = 4;
    static final int METADATA_OFFSET = 8;
    /** Names of the five metadata fields, in order. */
    static final List<String> METADATA = List.of("number of target layers", "num_states", "num_state_heads", "rank",
            "chunk_size");
    public static final int FINGERPRINT_OFFSET = 28;
    public static final int HASH_SIZE = 32;
    public static final int LENGTH_OFFSET = 60;
    public static final int BODY_OFFSET = 68;
    /** A payload without body. */
    public static final int SMALLEST = BODY_OFFSET + HASH_SIZE;

    private StateFormat() {
    }
}
