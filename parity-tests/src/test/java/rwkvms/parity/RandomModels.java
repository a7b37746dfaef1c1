package rwkvms.parity;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/** Random models over all update modes and both semantics. */
final class RandomModels {
    /** From an empty state through that of a fixture to that of a live session. */
    private static final List<Double> STATE_SCALES = List.of(0.0, 0.03, 1.0, 40.0, 1500.0);

    private static final double HIDDEN_SCALE = 0.5;
    private static final int SHORT = 24;
    private static final int LONG = 512;
    private static final int REAL_HIDDEN = 2560;
    /** Sums as long as real ones take most of the time. */
    private static final int REAL_ONE_IN = 8;

    private RandomModels() {
    }

    /** A model of one state head, without jqwik. */
    static RandomModel oneHead(Random random) {
        return oneHead(random, 8 + random.nextInt(89), 1 + random.nextInt(SHORT), HIDDEN_SCALE);
    }

    /** The same as long as a prompt, some with hidden states of the real size. */
    static RandomModel longOneHead(Random random) {
        int hidden = random.nextInt(REAL_ONE_IN) == 0 ? REAL_HIDDEN : 8 + random.nextInt(89);
        return oneHead(random, hidden, SHORT + 1 + random.nextInt(LONG - SHORT), random.nextBoolean() ? 0.5 : 1);
    }

    private static RandomModel oneHead(Random random, int hidden, int tokens, double hiddenScale) {
        int states = 1 + random.nextInt(6);
        Set<DeltaHead> deltas = EnumSet.noneOf(DeltaHead.class);
        while (deltas.isEmpty()) {
            for (DeltaHead head : DeltaHead.values()) {
                if (random.nextBoolean()) {
                    deltas.add(head);
                }
            }
        }
        int rank = 2 + random.nextInt(15);
        int chunkSize = 1 + random.nextInt(9);
        int topK = Math.min(random.nextInt(7), states);
        int semantics = 1 + random.nextInt(2);
        UpdateMode mode = UpdateMode.values()[random.nextInt(UpdateMode.values().length)];
        MemoryConfig config = new MemoryConfig(hidden, rank, 1, states, chunkSize, RandomSizes.ALPHA, 1, topK,
                semantics,
                mode, deltas, random.nextBoolean(), random.nextBoolean(), random.nextBoolean())
                .withEraseGate(random.nextBoolean() ? 1 : 0.5);
        RandomSizes sizes = new RandomSizes(config, tokens, STATE_SCALES.get(random.nextInt(STATE_SCALES.size())),
                hiddenScale);
        return new RandomModel(sizes, random.nextInt(Integer.MAX_VALUE), 1);
    }

    /** Models that every runtime takes: one state head. */
    static Arbitrary<RandomModel> oneHead() {
        return models(Arbitraries.just(1));
    }

    static Arbitrary<RandomModel> severalHeads() {
        return models(Arbitraries.integers().between(2, 3));
    }

    private static Arbitrary<RandomModel> models(Arbitrary<Integer> heads) {
        Arbitrary<int[]> widths = Combinators.combine(Arbitraries.integers().between(8, 96),
                Arbitraries.integers().between(2, 16), heads).as((hidden, rank, n) -> new int[]{hidden, rank, n});
        Arbitrary<int[]> lengths = Combinators.combine(Arbitraries.integers().between(1, 6),
                Arbitraries.integers().between(1, 9), Arbitraries.integers().between(1, 24),
                Arbitraries.integers().between(0, 6)).as(
                        (states, chunk, tokens, k) -> new int[]{states, chunk, tokens,
                                k});
        Arbitrary<boolean[]> switches = Arbitraries.of(true, false).array(boolean[].class).ofSize(3);
        Arbitrary<Set<DeltaHead>> deltas = Arbitraries.subsetOf(DeltaHead.values()).ofMinSize(1);
        return Combinators.combine(widths, lengths, switches, Arbitraries.of(UpdateMode.class),
                Arbitraries.of(1, 2), deltas, Arbitraries.of(STATE_SCALES),
                Arbitraries.longs().between(0, Integer.MAX_VALUE))
                .as((w, l, s, mode, semantics, delta, scale, seed) -> new RandomModel(
                        new RandomSizes(new MemoryConfig(w[0], w[1], w[2], l[0], l[1], RandomSizes.ALPHA,
                                seed % 2 == 0 ? 1 : 0.5, Math.min(l[3], l[0]), semantics, mode, delta, s[0], s[1],
                                s[2]),
                                l[2], scale, HIDDEN_SCALE),
                        seed, 1));
    }
}
