package rwkvms.parity;

import rwkvms.math.MemoryConfig;

/**
 * Settings of a random model.
 *
 * @param stateScale standard deviation of the initial state: 0.03 as a fixture has it, 1500 as a live session
 * @param hiddenScale standard deviation of the hidden states
 */
record RandomSizes(MemoryConfig config, int tokens, double stateScale, double hiddenScale) {
    static final double ALPHA = 4;

    RandomSizes withTopK(int k) {
        return new RandomSizes(config.withReadTopK(k), tokens, stateScale, hiddenScale);
    }
}
