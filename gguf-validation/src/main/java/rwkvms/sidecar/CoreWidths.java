package rwkvms.sidecar;

/**
 * Inner widths of the low-rank core's three two-step projections (math.md §2), all functions of D.
 *
 * @param w columns of {@code rwkv.w1}: {@code max(32, 32·round(2.5·√D / 32))}
 * @param a columns of {@code rwkv.a1}: the same
 * @param g columns of {@code rwkv.g1}: {@code max(32, 32·round(5·√D / 32))}
 */
public record CoreWidths(int w, int a, int g) {
    private static final int STEP = 32;
    private static final double DECAY_FACTOR = 2.5;
    private static final double GATE_FACTOR = 5;

    /** The widths for {@code readDim} = D. */
    public static CoreWidths of(long readDim) {
        int decay = width(DECAY_FACTOR, readDim);
        return new CoreWidths(decay, decay, width(GATE_FACTOR, readDim));
    }

    /** Ties round to even, as Python's {@code round} does. */
    private static int width(double factor, long readDim) {
        return (int) Math.max(STEP, STEP * Math.rint(factor * Math.sqrt((double) readDim) / STEP));
    }
}
