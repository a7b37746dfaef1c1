package rwkvms.parity;

import rwkvms.math.MemoryConfig;

<<<<<<< HEAD
/** Settings of a random model; {@code stateScale} is the standard deviation of the initial state. */
record RandomSizes(MemoryConfig config, int tokens, double stateScale) {
=======
/**
 * Settings of a random model.
 *
 * @param stateScale standard deviation of the initial state: 0.03 as a fixture has it, 1500 as a live session
 * @param hiddenScale standard deviation of the hidden states
 */
record RandomSizes(MemoryConfig config, int tokens, double stateScale, double hiddenScale) {
>>>>>>> 9ee805e (Judge random models by what float32 can know of them instead of drawing others, and long ones too)
    static final double ALPHA = 4;

    RandomSizes withTopK(int k) {
        return new RandomSizes(config.withReadTopK(k), tokens, stateScale, hiddenScale);
    }
}
