package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The small parts worked out by hand: vectors, cuts by information and by policy, tables, files, names of settings. */
class PartsTests {
    private static final double EXACT = 1e-15;

    @Test
    void sumsAndScales() {
        double[] a = {3, 4};
        double[] b = {0.5, -2};

        assertThat(Vectors.dot(a, b)).isEqualTo(-6.5);
        assertThat(Vectors.norm(a)).isEqualTo(5);
        assertThat(Vectors.unit(a)).containsExactly(new double[]{0.6, 0.8}, within(EXACT));
        assertThat(Vectors.scaled(b, 3)).containsExactly(1.5, -6);
        assertThat(Vectors.plus(a, 2, b)).containsExactly(4, 0);
        assertThat(Vectors.outer(a, new double[]{1, 2, 3})).containsExactly(3, 6, 9, 4, 8, 12);
        assertThat(Vectors.stored(new double[]{0.1, 0.5})).containsExactly(0.1f, 0.5);
        assertThat(Recall.cosine(a, new double[]{4, 3})).isCloseTo(24 / (25 + 1e-8), within(EXACT));
    }

    /** rms(u) = u / √(mean(u²) + 1e-6): opposite tokens carry 2 each, equal ones nothing. */
    @Test
    void aCutIsWhereATokenBringsMuch() {
        double[][] tokens = {{1, 0}, {1, 0}, {0, 1}, {0, 1}, {1, 0}};

        InformationBlocks found = InformationBlocks.of(tokens);

        assertThat(found.blocks()).isEqualTo(new Blocks(5, 0, 2, 4));
        assertThat(found.information(0)).isZero();
        // The sum of two equal tokens has the token's direction; only the 1e-6 under the root tells them apart.
        assertThat((double) found.information(1)).isCloseTo(0, within(1e-5));
        assertThat((double) found.information(2)).isCloseTo(Math.sqrt(2), within(1e-5));
        assertThat((double) found.information(3)).isCloseTo(0, within(1e-5));
        assertThat((double) found.information(4)).isCloseTo(Math.sqrt(2), within(1e-5));
        assertThat(found.atMost(2).count()).isEqualTo(2);
    }

    @Test
    void thePairThatCarriesLeastATokenIsJoinedTheFirstOfEqualOnes() {
        Blocks four = new Blocks(6, 0, 1, 2, 4);
        // Sums 8, 4, 4 and 2; pairs carry 12 / 2, 8 / 3 and 6 / 4 per token.
        float[] information = {8, 4, 1, 3, 2, 0};

        assertThat(MergedBlocks.of(four, information).atMost(4).blocks()).isEqualTo(four);
        assertThat(MergedBlocks.of(four, information).atMost(3).blocks()).isEqualTo(new Blocks(6, 0, 1, 2));
        // Then 12 / 2 and (4 + 6) / 5.
        assertThat(MergedBlocks.of(four, information).atMost(2).blocks()).isEqualTo(new Blocks(6, 0, 1));
        assertThat(MergedBlocks.of(four, information).atMost(1).blocks()).isEqualTo(Blocks.single(6));
        assertThat(MergedBlocks.of(four, new float[6]).atMost(3).blocks()).isEqualTo(new Blocks(6, 0, 2, 4));
    }

    @Test
    void theBoundOfADeviationFromItsMean() {
        double[][] tokens = {{0}, {3}, {6}, {7}};

        // Mean 3, squares 9 + 0 + 9; then a block of one.
        assertThat(DeviationBound.of(tokens, new Blocks(4, 0, 3))).isCloseTo(Math.sqrt(3) * Math.sqrt(18),
                within(1e-14));
        // Means 1.5 and 6.5.
        assertThat(DeviationBound.of(tokens, new Blocks(4, 0, 2)))
                .isCloseTo(Math.sqrt(2) * (Math.sqrt(4.5) + Math.sqrt(0.5)), within(1e-14));
    }

    @Test
    void blocksSayWhatTheyAre() {
        Blocks blocks = new Blocks(9, 0, 4, 5);

        assertThat(blocks).hasToString("[0, 4, 5] of 9").isEqualTo(new Blocks(9, 0, 4, 5))
                .hasSameHashCodeAs(new Blocks(9, 0, 4, 5)).isNotEqualTo(new Blocks(8, 0, 4, 5))
                .isNotEqualTo(new Blocks(9, 0, 4)).isNotEqualTo("[0, 4, 5] of 9");
        assertThat(blocks.end(1)).isEqualTo(5);
        assertThat(blocks.end(2)).isEqualTo(9);
        assertThat(blocks.tokens()).isEqualTo(9);
        blocks.starts()[0] = 7;
        assertThat(blocks.start(0)).isZero();
        assertThat(FixedBlocks.of(5, 1)).isEqualTo(Blocks.single(5));
        assertThat(FixedBlocks.of(3, 5)).isEqualTo(new Blocks(3, 0, 1, 2));
    }

    @Test
    void aSettingHasItsGeneratorAndItsNames() {
        Setting bound = Setting.published().getFirst();
        Setting recall = Setting.published(Experiment.RECALL).getFirst();
        Setting policies = Setting.published(Experiment.STATE_ONLY).getFirst();

        assertThat(bound.generatorSeed(3)).isEqualTo(3);
        assertThat(recall.generatorSeed(3)).isEqualTo(103);
        assertThat(policies.generatorSeed(3)).isEqualTo(500 + 93 + 8);
        assertThat(policies.sizes()).isEqualTo("(8, 12, 16)");
        assertThat(Setting.published(Experiment.BOUND)).extracting(Setting::boundLabel).containsExactly(
                "K>=segments  (Alg 1 active)", "K>=segments  (Alg 1 active)", "K< segments  (Alg 2 active)",
                "K< segments  (Alg 2 active)");
        assertThat(new Setting(Experiment.BOUND, 8, 1, 8, 0, 0).boundLabel()).startsWith("K>=");
        assertThat(policies.withNoise(0.3)).isEqualTo(new Setting(Experiment.STATE_ONLY, 8, 12, 16, 0.3, 0.5));
        assertThat(policies.withCapacity(4)).isEqualTo(new Setting(Experiment.STATE_ONLY, 8, 12, 4, 0.02, 0.5));
        assertThat(policies.withGate(0.1)).isEqualTo(new Setting(Experiment.STATE_ONLY, 8, 12, 16, 0.02, 0.1));
        assertThat(Part.NOISE.settings()).extracting(Setting::noise).containsExactly(0.0, 0.01, 0.02, 0.05, 0.08, 0.1,
                0.15, 0.2, 0.3);
        assertThat(Part.CAPACITY.settings()).extracting(Setting::capacity).containsExactly(4, 8, 12, 16, 20, 24, 28);
        assertThat(Part.GATE.settings()).extracting(Setting::gate).containsExactly(0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9,
                0.95);
        assertThat(Part.values()).extracting(Part::label).containsExactly("bounds", "recall", "policies", "noise",
                "capacity", "gate");
    }

    /** A sequence counts as many words as its generator. */
    @Test
    void sequencesCountTheWordsTheyTake() {
        TorchGenerator random = new TorchGenerator(7);
        DriftSequence drift = DriftSequence.draw(random, 3, 5, 0.5);

        assertThat(drift.words()).isEqualTo(random.consumed()).isEqualTo(3 * (32 + 1) + 32L * drift.tokens().length);
        RecallSequence recall = RecallSequence.draw(random, 3, 5, 0.5);
        assertThat(recall.words()).isEqualTo(random.consumed());
        assertThat(recall.words() - drift.words()).isEqualTo(3 * (4 * 32 + 1) + 64L * (recall.tokens() - 3));
        assertThat(recall.needles()).hasSize(3).startsWith(0);
        assertThat(recall.features()).hasNumberOfRows(recall.tokens());
        assertThat(recall.features()[4]).isEqualTo(Vectors.outer(recall.key(4), recall.value(4)));
        assertThat(Vectors.norm(recall.key(1))).isCloseTo(1, within(1e-6));
    }

    @Test
    void aLengthVariesByTwoAndIsTwoAtLeast() {
        TorchGenerator random = new TorchGenerator(1);

        assertThat(IntStream.range(0, 200).map(i -> RecallSequence.jittered(random, 9)).distinct()
                .sorted()).containsExactly(7, 8, 9, 10, 11);
        assertThat(IntStream.range(0, 200).map(i -> RecallSequence.jittered(random, 1)).distinct()
                .sorted()).containsExactly(2, 3);
    }

    @Test
    void theOracleStartsABlockAtAndBehindEachNeedle() {
        Setting setting = Setting.published(Experiment.STATE_ONLY).getFirst();
        PolicyBlocks cut = PolicyBlocks.of(setting, 0);
        List<Integer> needles = cut.sequence().needles();

        int[] starts = cut.blocks(BoundaryPolicy.ORACLE).starts();
        for (int i = 0; i < needles.size(); i++) {
            assertThat(starts[2 * i]).isEqualTo(needles.get(i));
            assertThat(starts[2 * i + 1]).isEqualTo(needles.get(i) + 1);
        }
        assertThat(cut.blocks(BoundaryPolicy.LOW_K_DLA)).isEqualTo(cut.information().atMost(8));
        assertThat(PolicyBlocks.of(setting.withCapacity(1), 0).blocks(BoundaryPolicy.LOW_K_DLA).count()).isEqualTo(1);
    }

    /** Starts are moved by −2 to 2 in the generator's order, sorted, and pushed apart. */
    @Test
    void movedStartsStayApart() {
        Blocks tight = new Blocks(4, 0, 1, 2, 3);
        Blocks wide = new Blocks(100, 0, 20, 40, 60);
        TorchGenerator drawn = new TorchGenerator(5);
        int[] moves = {drawn.randint(-2, 3), drawn.randint(-2, 3), drawn.randint(-2, 3)};

        assertThat(BoundaryPolicy.moved(tight, new TorchGenerator(5))).isEqualTo(tight);
        assertThat(BoundaryPolicy.moved(wide, new TorchGenerator(5)))
                .isEqualTo(new Blocks(100, 0, 20 + moves[0], 40 + moves[1], 60 + moves[2]));
        assertThat(moves).isNotEqualTo(new int[3]);
    }

    @Test
    void measurementsAreReadBackAsTheyWere(@TempDir Path folder) throws IOException {
        Setting setting = new Setting(Experiment.STATE_ONLY, 8, 12, 16, 0.1, 0.3);
        List<Measurement> all = List.of(new Measurement(setting, 4, 110, "noisy_dla", 9, "rwkv7", 1.0 / 3),
                new Measurement(Setting.published().getFirst(), 0, 11, "", 6, "dla", -1e-300));
        Path file = folder.resolve("m.csv");

        MeasurementFile.write(file, all);

        assertThat(Files.readString(file)).isEqualTo("""
                experiment,segments,length,capacity,noise,gate,seed,tokens,policy,states,measure,value
                state_only,8,12,16,0.1,0.3,4,110,noisy_dla,9,rwkv7,0.3333333333333333
                bound,6,24,8,0.03,0.5,0,11,,6,dla,-1.0E-300
                """);
        assertThat(MeasurementFile.read(file)).isEqualTo(all);
        Files.writeString(file, "a,b\n");
        assertThatThrownBy(() -> MeasurementFile.read(file)).hasMessage(file + ": expected the header experiment,"
                + "segments,length,capacity,noise,gate,seed,tokens,policy,states,measure,value, found a,b; delete the"
                + " file to have it made again");
    }

    @Test
    void theWorstErrorIsByKindAndWhatIsNotMeasuredIsMissing() {
        Setting bound = Setting.published().getFirst();
        Setting recall = Setting.published(Experiment.RECALL).getFirst();
        List<Measurement> measured = List.of(new Measurement(bound, 0, 9, "", 6, "dla", 1),
                new Measurement(bound, 1, 9, "", 6, "dla", 1), new Measurement(recall, 0, 9, "", 6, "dla", 0.5),
                new Measurement(recall, 1, 9, "", 6, "dla", 0.5), new Measurement(recall, 2, 9, "", 6, "dla", 0.5));
        Map<PublishedFacts.Trial, Double> published = Map.of(PublishedFacts.Trial.of(measured.get(0)), 1.25,
                PublishedFacts.Trial.of(measured.get(1)), 1.0, PublishedFacts.Trial.of(measured.get(2)), 0.5,
                PublishedFacts.Trial.of(measured.get(3)), 0.375,
                PublishedFacts.Trial.of(new Measurement(recall, 2, 10, "", 6, "dla", 0.5)), 0.75);

        assertThat(WorstError.of(measured, published)).isEqualTo(new WorstError(4, 1, 0.125, 0.25));
    }

    @Test
    void meansAreOfOneSettingOnePolicyAndOneMeasure() {
        Setting one = Setting.published().getFirst();
        Setting other = Setting.published().get(1);
        Means means = new Means(List.of(new Measurement(one, 0, 9, "a", 2, "x", 1),
                new Measurement(one, 1, 9, "a", 4, "x", 4), new Measurement(one, 0, 9, "a", 2, "y", 100),
                new Measurement(one, 0, 9, "b", 50, "x", 1000), new Measurement(other, 0, 9, "a", 60, "x", 10_000)));

        assertThat(means.of(one, "a", "x")).isEqualTo(2.5);
        assertThat(means.states(one, "a")).isEqualTo(8.0 / 3);
        assertThat(means.states(other, "a")).isEqualTo(60);
    }

    @Test
    void memoriesReadWhatTheyWereTold() {
        double[] key = new double[RecallSequence.WIDTH];
        double[] value = new double[RecallSequence.WIDTH];
        Arrays.setAll(key, i -> i == 0 ? 0.6 : i == 1 ? 0.8 : 0);
        Arrays.setAll(value, i -> i == 0 ? 2 : i == 1 ? -1 : 0);
        LinearMemory linear = new LinearMemory();
        DeltaRuleMemory delta = new DeltaRuleMemory();
        Rwkv7Memory rwkv = new Rwkv7Memory();
        List.of(linear, delta, rwkv).forEach(memory -> memory.write(key, value));

        assertThat(Arrays.copyOf(linear.read(key), 3)).containsExactly(new double[]{2, -1, 0}, within(1e-15));
        assertThat(Arrays.copyOf(delta.read(key), 3)).containsExactly(
                new double[]{2 * DeltaRuleMemory.BETA, -DeltaRuleMemory.BETA, 0}, within(1e-15));
        assertThat(Arrays.copyOf(rwkv.read(key), 3)).containsExactly(new double[]{2, -1, 0}, within(1e-15));
        assertThat(DeltaRuleMemory.BETA).isCloseTo(0.18242552, within(1e-8));
    }
}
