package rwkvms.conditioning;

/**
 * Changes each result by a random part of some float32 roundings, up or down and independently of all others. The numbers are
 * those of {@link java.util.SplittableRandom}, whose calls would take most of the time of a run.
 */
final class RandomRounding implements Rounding {
    /** Unit roundoff of float32: the largest relative error of rounding to nearest. */
    private static final double UNIT = 0x1p-24;

    private final double roundings;
    private final long seed;
    private long state;

    RandomRounding(double roundings, long seed) {
        this.roundings = roundings;
        this.seed = seed;
        this.state = seed;
    }

    @Override
    public double off(double value, double magnitude) {
        state += Seeds.STRIDE;
        long mixed = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        mixed ^= mixed >>> 31;
        return value + roundings * UNIT * magnitude * (2 * ((mixed >>> 11) * 0x1p-53) - 1);
    }

    @Override
    public Rounding ofItsOwn(long number) {
        return new RandomRounding(roundings, Seeds.of(seed, number));
    }
}
