package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A policy that says where the blocks of a recall sequence begin. */
enum BoundaryPolicy {
    /** Every needle and every run of fillers has its own block, whatever the capacity. */
    ORACLE,
    /** Algorithm 1, then Algorithm 2 down to the capacity. */
    DLA,
    /** As many blocks as DLA has, of equal length. */
    FIXED,
    /** DLA's internal starts, each moved by up to two tokens. */
    NOISY_DLA,
    /** DLA with half the capacity. */
    LOW_K_DLA;

    private static final int JITTER = 2;

    /** The name in the published tables, such as {@code noisy_dla}. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The blocks of a sequence.
     *
     * @param information Algorithm 1 on the sequence's features
     * @param random      the generator that drew the sequence; only {@link #NOISY_DLA} draws more from it
     */
    Blocks blocks(RecallSequence sequence, InformationBlocks information, int capacity, TorchGenerator random) {
        return switch (this) {
            case ORACLE -> oracle(sequence);
            case DLA -> information.atMost(capacity);
            case FIXED -> FixedBlocks.of(sequence.tokens(), information.atMost(capacity).count());
            case NOISY_DLA -> moved(information.atMost(capacity), random);
            case LOW_K_DLA -> information.atMost(Math.max(1, capacity / 2));
        };
    }

    private static Blocks oracle(RecallSequence sequence) {
        List<Integer> starts = new ArrayList<>();
        for (int needle : sequence.needles()) {
            starts.add(needle);
            starts.add(needle + 1);
        }
        // Without fillers the next needle follows at once, so that its start is there already.
        return new Blocks(sequence.tokens(), starts.stream().mapToInt(Integer::intValue)
                .filter(start -> start < sequence.tokens()).distinct().toArray());
    }

    /**
     * Moves each start but the first by {@code randint(−2, 3)}, sorts, and clamps from the left so that none is empty.
     */
    static Blocks moved(Blocks blocks, TorchGenerator random) {
        int[] internal = Arrays.stream(blocks.starts()).skip(1)
                .map(start -> start + random.randint(-JITTER, JITTER + 1))
                .sorted().toArray();
        int[] starts = new int[blocks.count()];
        for (int i = 0; i < internal.length; i++) {
            starts[i + 1] = Math.clamp(internal[i], starts[i] + 1, blocks.tokens() - (internal.length - i));
        }
        return new Blocks(blocks.tokens(), starts);
    }
}
