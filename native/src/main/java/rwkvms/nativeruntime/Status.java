package rwkvms.nativeruntime;

import java.util.Optional;
import rwkvms.sidecar.validation.FindingCode;

/** The status codes of {@code rwkv_ms.h} that the binding distinguishes; all others are failures. */
public final class Status {
    static final int OK = 0;
    static final int SHORT_BUFFER = 2;
    static final int NO_BACKEND = 3;
    static final int UNSUPPORTED = 7;
    private static final String PREFIX = "RWKV_MS_E_";

    private Status() {
    }

    /** The validator's code for the same fault of a sidecar; empty if it has none. */
    public static Optional<FindingCode> finding(String statusName) {
        for (FindingCode code : FindingCode.values()) {
            if (statusName.equals(PREFIX + code.name())) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }

    /** Whether the sidecar or the settings are sound, but not supported by the library. */
    static boolean isUnsupported(RwkvMs library, int status) {
        return status == UNSUPPORTED || finding(library.statusName(status))
                .filter(code -> code.kind() == FindingCode.Kind.UNSUPPORTED).isPresent();
    }
}
