package rwkvms.nativeruntime;

import java.util.Optional;
import rwkvms.sidecar.validation.FindingCode;

/** Status codes of {@code rwkv_ms.h} that this side tells apart; all others are failures alike. */
public final class Status {
    static final int OK = 0;
    static final int SHORT_BUFFER = 2;
    static final int UNSUPPORTED = 7;
    private static final String PREFIX = "RWKV_MS_E_";

    private Status() {
    }

    /** The validator's name of the same fault of a sidecar; empty where it has none. */
    public static Optional<FindingCode> finding(String statusName) {
        for (FindingCode code : FindingCode.values()) {
            if (statusName.equals(PREFIX + code.name())) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }

    /** Whether the sidecar or the settings are sound, and only beyond what the library honours. */
    static boolean isUnsupported(RwkvMs library, int status) {
        return status == UNSUPPORTED || finding(library.statusName(status))
                .filter(code -> code.kind() == FindingCode.Kind.UNSUPPORTED).isPresent();
    }
}
