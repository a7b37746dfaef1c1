package rwkvms.sidecar;

import java.util.Locale;
import java.util.Optional;
import rwkvms.fixtures.MathTensor;

/** The attention projections a layer's memory can correct (math.md §6). */
public enum DeltaHead {
    Q, K, V, O;

    /** As in {@code delta_heads} of a configuration: {@code q}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The tensor of math.md §6 that corrects this projection, such as {@code delta_q}. */
    public MathTensor delta() {
        return switch (this) {
            case Q -> MathTensor.DELTA_Q;
            case K -> MathTensor.DELTA_K;
            case V -> MathTensor.DELTA_V;
            case O -> MathTensor.DELTA_O;
        };
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
