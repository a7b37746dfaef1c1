package rwkvms.mechanisms;

import java.util.Arrays;

/** The smoke test of the original: log-linear attention of 32 tokens, two heads of width 16, six levels, A = L = 1. */
public final class SmokeTest {
    static final int TOKENS = 32;
    private static final int HEADS = 2;
    private static final int WIDTH = 16;
    private static final int LEVELS = 6;

    private SmokeTest() {
    }

    /**
     * Largest difference between the output and plain causal linear attention, which it equals if A = L = 1. The original
     * checks only shape and finite values; a value that is not finite makes this NaN or infinite.
     */
    public static double difference() {
        TorchGenerator random = new TorchGenerator(0);
        double worst = 0;
        for (int head = 0; head < HEADS; head++) {
            double[][] q = drawn(random);
            double[][] k = drawn(random);
            double[][] v = drawn(random);
            double[] decay = new double[TOKENS];
            Arrays.fill(decay, 1);
            double[][] levels = new double[TOKENS][LEVELS];
            Arrays.stream(levels).forEach(row -> Arrays.fill(row, 1));
            worst = Math.max(worst, difference(HierarchicalAttention.of(q, k, v, decay, levels), linear(q, k, v)));
        }
        return worst;
    }

    private static double[][] drawn(TorchGenerator random) {
        double[][] rows = new double[TOKENS][];
        Arrays.setAll(rows, t -> random.randn(WIDTH));
        return rows;
    }

    private static double difference(double[][] a, double[][] b) {
        double worst = 0;
        for (int t = 0; t < a.length; t++) {
            for (int i = 0; i < a[t].length; i++) {
                worst = Math.max(worst, Math.abs(a[t][i] - b[t][i]));
            }
        }
        return worst;
    }

    /** Plain causal linear attention by the recurrence {@code S += v k^T}, {@code o = S q}. */
    private static double[][] linear(double[][] q, double[][] k, double[][] v) {
        double[][] state = new double[WIDTH][WIDTH];
        double[][] out = new double[TOKENS][WIDTH];
        for (int t = 0; t < TOKENS; t++) {
            for (int i = 0; i < WIDTH; i++) {
                state[i] = Vectors.plus(state[i], v[t][i], k[t]);
                out[t][i] = Vectors.dot(state[i], q[t]);
            }
        }
        return out;
    }
}
