package rwkvms.sidecar;

import java.util.Locale;
import java.util.Optional;

/** {@code state_update_mode}: how beta and lambda become keep, erase and write (math.md §3). */
public enum UpdateMode {
    STANDARD, LAMBDA_OUTSIDE, NO_LAMBDA;

    /** As in a configuration: {@code lambda_outside}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<UpdateMode> ofLabel(String label) {
        for (UpdateMode mode : values()) {
            if (mode.label().equals(label)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
