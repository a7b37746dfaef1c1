package rwkvms.mechanisms;

/**
 * The RWKV-7 state with a constant decay and the erase gate wide open: {@code kk = k / (‖k‖ + 1e-8)}, {@code S ← 0.98 S +
 * v k^T − (S kk) kk^T}, S on the right being the old one. One memory per block makes the multi-state RWKV-7.
 */
final class Rwkv7Memory extends Memory {
    /** A Python number beside a float32 tensor is rounded to float32 first. */
    static final double DECAY = 0.98f;
    private static final double EPS = 1e-8;

    @Override
    void write(double[] key, double[] value) {
        double[] kk = Vectors.scaled(key, 1 / (Vectors.norm(key) + EPS));
        double[] seen = read(kk);
        for (int i = 0; i < state.length; i++) {
            for (int j = 0; j < key.length; j++) {
                state[i][j] = DECAY * state[i][j] + value[i] * key[j] - seen[i] * kk[j];
            }
        }
    }
}
