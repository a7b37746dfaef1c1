package rwkvms.mechanisms;

import java.util.Arrays;

/**
 * A cut of {@code tokens} tokens into contiguous blocks. Immutable.
 *
 * <p>The starts ascend strictly from 0 and stay below {@code tokens}.
 */
final class Blocks {
    private final int tokens;
    private final int[] starts;

    Blocks(int tokens, int... starts) {
        this.tokens = tokens;
        this.starts = starts.clone();
        if (starts.length == 0 || starts[0] != 0) {
            throw new IllegalArgumentException("starts: expected 0 first, found " + Arrays.toString(starts));
        }
        for (int i = 1; i <= starts.length; i++) {
            int end = i < starts.length ? starts[i] : tokens;
            if (end <= starts[i - 1]) {
                throw new IllegalArgumentException(
                        "starts: expected strictly ascending below " + tokens + ", found " + Arrays.toString(starts));
            }
        }
    }

    /** A single block with all tokens. */
    static Blocks single(int tokens) {
        return new Blocks(tokens, 0);
    }

    int tokens() {
        return tokens;
    }

    int count() {
        return starts.length;
    }

    int[] starts() {
        return starts.clone();
    }

    int start(int block) {
        return starts[block];
    }

    /** The index behind the block's last token. */
    int end(int block) {
        return block + 1 < starts.length ? starts[block + 1] : tokens;
    }

    /** The block that holds a token. */
    int blockOf(int token) {
        int found = Arrays.binarySearch(starts, token);
        return found >= 0 ? found : -found - 2;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Blocks blocks && tokens == blocks.tokens && Arrays.equals(starts, blocks.starts);
    }

    @Override
    public int hashCode() {
        return 31 * tokens + Arrays.hashCode(starts);
    }

    @Override
    public String toString() {
        return Arrays.toString(starts) + " of " + tokens;
    }
}
