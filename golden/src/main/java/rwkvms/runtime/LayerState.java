package rwkvms.runtime;

import rwkvms.tensor.Tensor;

/**
 * State of one layer for one sequence (state.md).
 *
 * @param state          {@code S}, float32 [N, K, r, r]
 * @param position       tokens written so far
 * @param previousSource predecessor of the next token, float32 [D]
 */
public record LayerState(Tensor state, long position, Tensor previousSource) {
    /** Whether the other state is the same, bit for bit. */
    public boolean sameBits(LayerState other) {
        return position == other.position && state.sameBits(other.state)
                && previousSource.sameBits(other.previousSource);
    }
}
