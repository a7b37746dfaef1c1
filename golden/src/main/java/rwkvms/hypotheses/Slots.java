package rwkvms.hypotheses;

import rwkvms.math.MemoryConfig;

/** The matrices of one slot in a state [N, K, r, r]. */
final class Slots {
    private Slots() {
    }

    /** Copies the matrices of all heads from one slot to another. */
    static void copy(MemoryConfig config, double[] from, int slot, double[] to, int target) {
        int size = config.rank() * config.rank();
        for (int head = 0; head < config.numStateHeads(); head++) {
            int first = head * config.numStates();
            System.arraycopy(from, (first + slot) * size, to, (first + target) * size, size);
        }
    }

    /** The state with zeros in one slot. */
    static double[] cleared(MemoryConfig config, double[] state, int slot) {
        double[] cleared = state.clone();
        copy(config, new double[state.length], slot, cleared, slot);
        return cleared;
    }
}
