package rwkvms.mechanisms;

/**
 * The smoke test's log-linear attention in its materialised form: {@code H[t, t] = L_0}, and for s &lt; t
 * {@code H[t, s] = L_level(t, s) · Π_{i = s + 1 … t} A_i}; the output is {@code (H ⊙ Q K^T) V}.
 *
 * <p>Levels follow the weak Fenwick recursion: with {@code l = ⌊log₂ t⌋} and {@code v = 2^l}, s &lt; v is at level l + 1, else the
 * level of {@code (t − v, s − v)}. With all A and L one, this is plain causal linear attention.
 */
final class HierarchicalAttention {
    private HierarchicalAttention() {
    }

    /** The level of s as seen from t; 0 for itself. */
    static int level(int t, int s) {
        if (s < 0 || s > t) {
            throw new IllegalArgumentException("level: expected 0 <= s <= t, found s " + s + " and t " + t);
        }
        while (s < t) {
            int top = Integer.highestOneBit(t);
            if (s < top) {
                return Integer.numberOfTrailingZeros(top) + 1;
            }
            t -= top;
            s -= top;
        }
        return 0;
    }

    /**
     * The output [T, dv] of one head.
     *
     * @param q      [T, d], as {@code k}; {@code v} is [T, dv]
     * @param decay  A, [T]
     * @param levels L, [T][levels]
     */
    static double[][] of(double[][] q, double[][] k, double[][] v, double[] decay, double[][] levels) {
        double[][] out = new double[q.length][v[0].length];
        for (int t = 0; t < q.length; t++) {
            double kept = 1;
            for (int s = t; s >= 0; s--) {
                double weight = levels[t][level(t, s)] * kept * Vectors.dot(q[t], k[s]);
                out[t] = Vectors.plus(out[t], weight, v[s]);
                kept *= decay[s];
            }
        }
        return out;
    }
}
