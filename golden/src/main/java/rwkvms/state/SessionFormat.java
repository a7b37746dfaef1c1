package rwkvms.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A saved session (docs/state-format.md, "Session"): the payload, the host's token ids and llama.cpp's state as one file.
 *
 * <pre>
 *  0  "RMSC", u32 version 1
 *  8  u64 bytes of the whole, of the payload (P), number of token ids (T), bytes of llama.cpp's state (H)
 * 40  payload, token ids i32, llama.cpp's state
 *     SHA-256 of everything before it, 32 bytes
 * </pre>
 */
final class SessionFormat {
    static final byte[] MAGIC = "RMSC".getBytes(StandardCharsets.US_ASCII);
    static final int SIZE_OFFSET = 8;
    static final int PAYLOAD_OFFSET = 40;

    private SessionFormat() {
    }

    /** Whether the bytes are one whole session. */
    static boolean matches(byte[] file) {
        return file.length >= PAYLOAD_OFFSET + StateFormat.HASH_SIZE
                && Arrays.equals(file, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                && ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(SIZE_OFFSET) == file.length;
    }
}
