package rwkvms.mechanisms;

/** Linear attention: {@code S ← S + v k^T}, so that a read is {@code Σ_t (k_t · k) v_t}. */
final class LinearMemory extends Memory {
    @Override
    void write(double[] key, double[] value) {
        for (int i = 0; i < state.length; i++) {
            for (int j = 0; j < key.length; j++) {
                state[i][j] += value[i] * key[j];
            }
        }
    }
}
