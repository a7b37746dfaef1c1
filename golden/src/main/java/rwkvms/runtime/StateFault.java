package rwkvms.runtime;

import java.util.Arrays;
import java.util.Optional;

/**
 * Why a state payload or a change of the host's memory is refused, in the order of the checks. Names and codes are those of
 * {@code rwkv_ms_status}, without {@code RWKV_MS_E_}.
 */
public enum StateFault {
    STATE_MAGIC(140),
    STATE_VERSION(141),
    STATE_LAYERS(142),
    STATE_NUM_STATES(143),
    STATE_HEADS(144),
    STATE_RANK(145),
    STATE_CHUNK_SIZE(146),
    /** The payload of another sidecar, or of one bound to another base. */
    STATE_FINGERPRINT(147),
    /** Shorter or longer than the state of the sidecar, or a length field that says something else. */
    STATE_LENGTH(148),
    STATE_CHECKSUM(149),
    /** A layer of the body is not the target layer that belongs there. */
    STATE_LAYER(150),
    /** NaN, infinity, or a negative position. */
    STATE_VALUE(131),
    /** Layers at different positions, on load and on save. */
    STATE_STEP(151),
    /** A change of the host's memory that the state cannot follow. */
    MUTATION(160);

    private final int code;

    StateFault(int code) {
        this.code = code;
    }

    /** The status code of {@code rwkv_ms.h}. */
    public int code() {
        return code;
    }

    public static Optional<StateFault> ofCode(int code) {
        return Arrays.stream(values()).filter(fault -> fault.code == code).findFirst();
    }
}
