package rwkvms.mechanisms;

/** A state matrix S, zero at first, into which keys are written with values, and which gives {@code S k} for a key. */
abstract sealed class Memory permits LinearMemory, DeltaRuleMemory, Rwkv7Memory {
    /** S[i][j], i of the value and j of the key; square, as all memories of the experiments are. */
    final double[][] state = new double[RecallSequence.WIDTH][RecallSequence.WIDTH];

    abstract void write(double[] key, double[] value);

    /** {@code S k}; changes nothing. */
    final double[] read(double[] key) {
        double[] out = new double[state.length];
        for (int i = 0; i < state.length; i++) {
            out[i] = Vectors.dot(state[i], key);
        }
        return out;
    }
}
