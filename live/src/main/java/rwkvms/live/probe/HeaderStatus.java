package rwkvms.live.probe;

import java.util.Arrays;

/** The status codes of {@code rwkv_ms.h} that the probe expects. */
enum HeaderStatus {
    OK(0),
    ARGUMENT(1),
    SHORT_BUFFER(2),
    UNSUPPORTED(7),
    NO_TAP(8),
    NO_LAYER(9),
    NUM_STATE_HEADS(117),
    SEQUENCES(130),
    STATE_VALUE(131),
    STATE_LENGTH(148),
    MUTATION(160),
    HOST_LIBRARY(161),
    HOST_STEP(167),
    ATTACHED(170),
    SESSION_LENGTH(182),
    FILE_UNREADABLE(200),
    BASE_SHA256_DIFFERS(242),
    BASE_UNREADABLE(243),
    RANK(250),
    NUM_STATES(253),
    CHUNK_SIZE(254),
    SETTING_RANGE(260);

    private final int code;

    HeaderStatus(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** The name in the header. */
    String label() {
        return this == OK ? "RWKV_MS_OK" : "RWKV_MS_E_" + name();
    }

    /** The name of a code; its number if it is none of these. */
    static String label(int code) {
        return Arrays.stream(values()).filter(status -> status.code == code).findFirst().map(HeaderStatus::label)
                .orElse("status " + code);
    }
}
