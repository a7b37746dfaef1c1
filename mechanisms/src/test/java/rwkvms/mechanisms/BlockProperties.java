package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** What holds for cuts of any sequence. */
class BlockProperties {
    private static final double ROUNDING = 1e-12;

    /** Blocks of any lengths, and the information of their tokens. */
    record Case(Blocks blocks, List<Float> information) {
        MergedBlocks merged(int capacity) {
            float[] values = new float[information.size()];
            for (int t = 0; t < values.length; t++) {
                values[t] = information.get(t);
            }
            return MergedBlocks.of(blocks, values).atMost(capacity);
        }
    }

    @Provide
    Arbitrary<Case> cases() {
        Arbitrary<List<Boolean>> cuts = Arbitraries.of(true, false).list().ofMinSize(0).ofMaxSize(60);
        // Few different values: equal densities, of which the first pair must win, are common.
        Arbitrary<Float> information = Arbitraries.of(0f, 0.25f, 0.5f, 1f);
        return cuts.flatMap(cut -> Combinators
                .combine(Arbitraries.just(blocks(cut)), information.list().ofSize(cut.size() + 1)).as(Case::new));
    }

    private static Blocks blocks(List<Boolean> cut) {
        int[] starts = IntStream.rangeClosed(0, cut.size()).filter(t -> t == 0 || cut.get(t - 1))
                .toArray();
        return new Blocks(cut.size() + 1, starts);
    }

    @Property
    void mergingNeverExceedsItsCapacity(@ForAll("cases") Case any, @ForAll @IntRange(min = 1, max = 70) int capacity) {
        assertThat(any.merged(capacity).blocks().count()).isEqualTo(Math.min(capacity, any.blocks().count()));
    }

    @Property
    void mergingKeepsStartsInOrderAndMakesNone(@ForAll("cases") Case any,
            @ForAll @IntRange(min = 1, max = 70) int capacity) {
        assertThat(Arrays.stream(any.merged(capacity).blocks().starts()).boxed().toList())
                .isSubsetOf(Arrays.stream(any.blocks().starts()).boxed().toList()).isSorted();
    }

    @Property
    void mergingInTwoStepsIsMergingInOne(@ForAll("cases") Case any, @ForAll @IntRange(min = 1, max = 70) int first,
            @ForAll @IntRange(min = 1, max = 70) int second) {
        assertThat(any.merged(first).atMost(Math.min(first, second)).blocks())
                .isEqualTo(any.merged(Math.min(first, second)).blocks());
    }

    @Property
    void theFirstOfEqualPairsIsMerged(@ForAll @IntRange(min = 3, max = 40) int tokens) {
        float[] equal = new float[tokens];
        Blocks merged = MergedBlocks.of(new Blocks(tokens, IntStream.range(0, tokens).toArray()), equal)
                .atMost(tokens - 1).blocks();

        assertThat(merged.end(0)).isEqualTo(2);
    }

    @Property
    void finerBlocksNeverRaiseTheBound(@ForAll("cases") Case any, @ForAll @IntRange(min = 1, max = 70) int capacity) {
        double[][] tokens = new double[any.information().size()][];
        Arrays.setAll(tokens, t -> new double[]{any.information().get(t), t % 3});
        double fine = DeviationBound.of(tokens, any.blocks());

        assertThat(fine).isLessThanOrEqualTo(
                DeviationBound.of(tokens, any.merged(capacity).blocks()) * (1 + ROUNDING) + ROUNDING);
    }

    @Property
    void fixedBlocksAreAsManyAsAsked(@ForAll @IntRange(min = 1, max = 300) int tokens,
            @ForAll @IntRange(min = 1, max = 40) int count) {
        Blocks fixed = FixedBlocks.of(tokens, count);

        assertThat(fixed.count()).isEqualTo(Math.min(tokens, count));
        assertThat(fixed.tokens()).isEqualTo(tokens);
    }

    @Property
    void movedStartsLeaveNoBlockEmpty(@ForAll("cases") Case any, @ForAll int seed) {
        assertThat(BoundaryPolicy.moved(any.blocks(), new TorchGenerator(seed)).count())
                .isEqualTo(any.blocks().count());
    }

    @Property(tries = 50)
    void theOracleRecallsEverything(@ForAll @IntRange(min = 0, max = 1_000_000) int seed,
            @ForAll @IntRange(min = 1, max = 12) int segments, @ForAll @IntRange(min = 1, max = 12) int fillers) {
        Setting setting = new Setting(Experiment.STATE_ONLY, segments, fillers, 4, 0.5, Setting.GATE);
        PolicyBlocks cut = PolicyBlocks.of(setting, seed);
        Blocks oracle = cut.blocks(BoundaryPolicy.ORACLE);

        assertThat(oracle.count()).isEqualTo(2 * segments);
        assertThat(Recall.of(cut.sequence(), oracle, LinearMemory::new)).isCloseTo(1, within(3e-8));
        assertThat(Recall.of(cut.sequence(), oracle, Rwkv7Memory::new)).isCloseTo(1, within(3e-8));
    }
}
