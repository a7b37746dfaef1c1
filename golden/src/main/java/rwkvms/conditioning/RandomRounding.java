package rwkvms.conditioning;

import java.util.SplittableRandom;

/** Changes each result by a random part of some float32 roundings, up or down and independently of all others. */
final class RandomRounding implements Rounding {
    /** Unit roundoff of float32: the largest relative error of rounding to nearest. */
    private static final double UNIT = 0x1p-24;

    private final double roundings;
    private final long seed;
    private final SplittableRandom random;

    RandomRounding(double roundings, long seed) {
        this.roundings = roundings;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    @Override
    public double off(double value, double magnitude) {
        return value + roundings * UNIT * magnitude * (2 * random.nextDouble() - 1);
    }

    @Override
    public Rounding ofItsOwn(long number) {
        return new RandomRounding(roundings, Seeds.of(seed, number));
    }
}
