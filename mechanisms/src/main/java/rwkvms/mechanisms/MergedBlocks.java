package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;

/**
 * Algorithm 2: while there are more than K blocks, joins the adjacent pair that carries the least information per token,
 * {@code argmin (I_i + I_{i+1}) / (n_i + n_{i+1})}, the first of equal ones.
 *
 * <p>A block's information is the sum of its tokens' I_t, added in float32 as the original does; joined sums are double.
 */
final class MergedBlocks {
    private final int tokens;
    private final List<WeighedBlock> weighed;

    private record WeighedBlock(int start, int length, double information) {
        WeighedBlock joined(WeighedBlock next) {
            return new WeighedBlock(start, length + next.length, information + next.information);
        }

        double densityWith(WeighedBlock next) {
            return (information + next.information) / (length + next.length);
        }
    }

    private MergedBlocks(int tokens, List<WeighedBlock> weighed) {
        this.tokens = tokens;
        this.weighed = List.copyOf(weighed);
    }

    /** The blocks before any are joined. */
    static MergedBlocks of(Blocks blocks, float[] information) {
        List<WeighedBlock> weighed = new ArrayList<>();
        for (int block = 0; block < blocks.count(); block++) {
            float sum = 0;
            for (int t = blocks.start(block); t < blocks.end(block); t++) {
                sum += information[t];
            }
            weighed.add(new WeighedBlock(blocks.start(block), blocks.end(block) - blocks.start(block), sum));
        }
        return new MergedBlocks(blocks.tokens(), weighed);
    }

    /** The blocks joined until there are at most {@code capacity}. */
    MergedBlocks atMost(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: expected at least 1, found " + capacity);
        }
        List<WeighedBlock> left = new ArrayList<>(weighed);
        while (left.size() > capacity) {
            int least = 0;
            for (int i = 1; i + 1 < left.size(); i++) {
                if (density(left, i) < density(left, least)) {
                    least = i;
                }
            }
            left.set(least, left.get(least).joined(left.remove(least + 1)));
        }
        return new MergedBlocks(tokens, left);
    }

    private static double density(List<WeighedBlock> blocks, int first) {
        return blocks.get(first).densityWith(blocks.get(first + 1));
    }

    Blocks blocks() {
        return new Blocks(tokens, weighed.stream().mapToInt(WeighedBlock::start).toArray());
    }
}
