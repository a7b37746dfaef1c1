package rwkvms.parity;

import java.util.Set;

import rwkvms.fixtures.DeltaHead;
import rwkvms.fixtures.UpdateMode;

/**
 * Settings of a random model.
 *
 * @param stateScale standard deviation of the initial state: 0.03 as a fixture has it, 1500 as a live session
 */
record RandomSizes(int hidden, int rank, int heads, int states, int chunkSize, int tokens, int topK, int semantics,
        UpdateMode mode, boolean normalizeQk, boolean coupled, boolean rankwise, double eraseGate,
        Set<DeltaHead> deltaHeads, double stateScale) {
    int readDim() {
        return heads * rank;
    }

    RandomSizes withTopK(int k) {
        return new RandomSizes(hidden, rank, heads, states, chunkSize, tokens, k, semantics, mode, normalizeQk, coupled,
                rankwise, eraseGate, deltaHeads, stateScale);
    }

    RandomSizes halved() {
        return new RandomSizes(hidden, rank, heads, states, chunkSize, Math.max(1, tokens / 2), topK, semantics, mode,
                normalizeQk, coupled, rankwise, eraseGate, deltaHeads, stateScale <= 1 ? stateScale / 2 : stateScale);
    }
}
