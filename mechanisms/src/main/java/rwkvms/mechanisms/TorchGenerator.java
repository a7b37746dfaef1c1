package rwkvms.mechanisms;

/**
 * Draws what the experiments draw from a PyTorch CPU generator, in PyTorch's order of words: normal vectors and small
 * integers.
 *
 * <p>A normal vector takes one word per value first, {@code u_i = (word mod 2^24) / 2^24}; then per block of 16, for j in
 * 0 … 7, {@code R = √(−2 ln(1 − u_j))}, {@code θ = 2π u_{j+8}}, {@code x_j = R cos θ}, {@code x_{j+8} = R sin θ}. Every
 * step is rounded to float32, as PyTorch's are; the rounding of θ alone moves a value by up to 1e-6. PyTorch's
 * polynomials for log, sin and cos, which sometimes round incorrectly, are not repeated, because they differ between its
 * builds.
 */
final class TorchGenerator {
    private static final int BLOCK = 16;
    private static final int HALF = BLOCK / 2;
    private static final long UNIFORM_MASK = (1 << 24) - 1;
    private static final double UNIFORM_STEP = 0x1p-24;
    private static final float TWO_PI = (float) (2 * Math.PI);

    private final Mt19937 words;
    private long consumed;

    TorchGenerator(int seed) {
        this.words = new Mt19937(seed);
    }

    /** Words drawn so far. */
    long consumed() {
        return consumed;
    }

    /**
     * {@code torch.randn(n)}: only for multiples of 16, which is all that the experiments draw; PyTorch draws other
     * lengths differently.
     */
    double[] randn(int n) {
        if (n <= 0 || n % BLOCK != 0) {
            throw new IllegalArgumentException("randn: expected a positive multiple of " + BLOCK + ", found " + n);
        }
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = (word() & UNIFORM_MASK) * UNIFORM_STEP;
        }
        for (int block = 0; block < n; block += BLOCK) {
            for (int j = block; j < block + HALF; j++) {
                float radius = (float) Math.sqrt(-2 * (float) StrictMath.log(1 - x[j]));
                float angle = TWO_PI * (float) x[j + HALF];
                x[j] = radius * (float) StrictMath.cos(angle);
                x[j + HALF] = radius * (float) StrictMath.sin(angle);
            }
        }
        return x;
    }

    /** {@code torch.randint(low, high, ())}: {@code low + word mod (high − low)}. */
    int randint(int low, int high) {
        if (high <= low) {
            throw new IllegalArgumentException("randint: expected low < high, found " + low + " and " + high);
        }
        return low + (int) (word() % (high - low));
    }

    private long word() {
        consumed++;
        return words.nextWord();
    }
}
