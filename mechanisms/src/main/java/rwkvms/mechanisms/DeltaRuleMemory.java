package rwkvms.mechanisms;

/** The delta rule with forgetting: {@code S ← (1 − β) S − β (S k) k^T + β v k^T}, β = σ(−1.5). */
final class DeltaRuleMemory extends Memory {
    /** σ(−1.5) in float32. */
    static final double BETA = (float) (1 / (1 + Math.exp(1.5)));
    private static final double KEEP = (float) (1 - BETA);

    @Override
    void write(double[] key, double[] value) {
        double[] seen = read(key);
        for (int i = 0; i < state.length; i++) {
            double correction = BETA * (value[i] - seen[i]);
            for (int j = 0; j < key.length; j++) {
                state[i][j] = KEEP * state[i][j] + correction * key[j];
            }
        }
    }
}
