package rwkvms.sidecar;

import java.util.Locale;
import java.util.Optional;

/** The attention projections a layer's memory can correct (math.md §6). */
public enum DeltaHead {
    Q, K, V, O;

    /** As in {@code delta_heads} of a configuration: {@code q}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<DeltaHead> ofLabel(String label) {
        for (DeltaHead head : values()) {
            if (head.label().equals(label)) {
                return Optional.of(head);
            }
        }
        return Optional.empty();
    }
}
