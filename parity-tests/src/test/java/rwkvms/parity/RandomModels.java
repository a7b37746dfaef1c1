package rwkvms.parity;

import java.util.EnumSet;
import java.util.Set;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import rwkvms.sidecar.DeltaHead;
import rwkvms.sidecar.UpdateMode;

/** Draws settings over all modes and both semantics. */
final class RandomModels {
    private RandomModels() {
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
                Arbitraries.of(1, 2), deltas, Arbitraries.of(0.0, 0.03, 1.0, 40.0, 1500.0),
                Arbitraries.longs().between(0, Integer.MAX_VALUE))
                .as((w, l, s, mode, semantics, delta, scale, seed) -> new RandomModel(
                        new RandomSizes(w[0], w[1], w[2], l[0], l[1], l[2], Math.min(l[3], l[0]), semantics, mode, s[0],
                                s[1], s[2],
                                seed % 2 == 0 ? 1 : 0.5, EnumSet.copyOf(delta), scale),
                        seed, 1));
    }
}
