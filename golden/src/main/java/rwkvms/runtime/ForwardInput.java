package rwkvms.runtime;

import java.util.Optional;
import rwkvms.tensor.Tensor;

/**
 * One call of one layer.
 *
 * @param hiddenStates      float32 [T, H]
 * @param mask              bool [T]; empty if every token is valid
 * @param legacyPredecessor the predecessor rule of a call without a previous source (math.md §2)
 * @param readOnly          whether state, position and previous source stay as they are
 */
public record ForwardInput(Tensor hiddenStates, Optional<Tensor> mask, boolean legacyPredecessor, boolean readOnly,
        Taps taps) {

    /** A streaming, writing call with all taps. */
    public static ForwardInput of(Tensor hiddenStates) {
        return new ForwardInput(hiddenStates, Optional.empty(), false, false, Taps.ALL);
    }

    public int tokens() {
        return hiddenStates.shape().dim(0);
    }

    public ForwardInput withMask(Tensor tokenMask) {
        return new ForwardInput(hiddenStates, Optional.of(tokenMask), legacyPredecessor, readOnly, taps);
    }

    public ForwardInput withTaps(Taps other) {
        return new ForwardInput(hiddenStates, mask, legacyPredecessor, readOnly, other);
    }

    public ForwardInput asReadOnly() {
        return new ForwardInput(hiddenStates, mask, legacyPredecessor, true, taps);
    }

    /** Tokens {@code from} to {@code to} of this call. */
    public ForwardInput tokens(int from, int to) {
        return new ForwardInput(hiddenStates.rows(from, to), mask.map(all -> all.rows(from, to)), legacyPredecessor,
                readOnly, taps);
    }
}
