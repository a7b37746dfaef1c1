package rwkvms.mechanisms;

import java.util.stream.IntStream;

/** Blocks of equal length: starts {@code trunc(i · (T / m))} in double for i in 0 … m − 1, each once. */
final class FixedBlocks {
    private FixedBlocks() {
    }

    /** The quotient first, as the original computes it: {@code ⌊i · T / m⌋} in integers differs for some T and m. */
    static Blocks of(int tokens, int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count: expected at least 1, found " + count);
        }
        double length = (double) tokens / count;
        return new Blocks(tokens, IntStream.range(0, count).map(i -> (int) (i * length)).distinct().toArray());
    }
}
