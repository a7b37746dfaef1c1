package rwkvms.mechanisms;

/**
 * The Mersenne Twister MT19937, seeded as PyTorch and numpy's legacy generator seed it: the linear initialisation with
 * multiplier 1812433253. Gives the same words as {@code torch.Generator().manual_seed(seed)}.
 */
final class Mt19937 {
    private static final int SIZE = 624;
    private static final int MIDDLE = 397;
    private static final int INIT = 1812433253;
    private static final int TWIST = 0x9908b0df;
    private static final int UPPER = 0x80000000;
    private static final int LOWER = 0x7fffffff;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    Mt19937(int seed) {
        state[0] = seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = INIT * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** The next word, 0 to 2^32 − 1. */
    long nextWord() {
        if (next == SIZE) {
            twist();
        }
        int word = state[next++];
        word ^= word >>> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        word ^= word >>> 18;
        return Integer.toUnsignedLong(word);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int joined = (state[i] & UPPER) | (state[(i + 1) % SIZE] & LOWER);
            state[i] = state[(i + MIDDLE) % SIZE] ^ (joined >>> 1) ^ ((joined & 1) == 0 ? 0 : TWIST);
        }
        next = 0;
    }
}
