package rwkvms.parity;

import rwkvms.math.MemoryConfig;

/** Settings of a random model; {@code stateScale} is the standard deviation of the initial state. */
record RandomSizes(MemoryConfig config, int tokens, double stateScale) {
    static final double ALPHA = 4;

    RandomSizes withTopK(int k) {
        return new RandomSizes(config.withReadTopK(k), tokens, stateScale);
    }

    RandomSizes halved() {
        return new RandomSizes(config, Math.max(1, tokens / 2), stateScale <= 1 ? stateScale / 2 : stateScale);
    }
}
