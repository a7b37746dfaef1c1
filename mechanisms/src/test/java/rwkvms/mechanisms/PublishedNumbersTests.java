package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every published number of the experiments, from the facts that the repository carries. */
class PublishedNumbersTests {
    /** The original sums in float32: a cosine of 1 alone is published as up to 1.3e-7 more. */
    private static final double RECALL = 2e-7;
    private static final double BOUND = 2e-5;

    @TestFactory
    Stream<DynamicTest> integersOfEverySequence() {
        List<PublishedFacts.Sequence> published = PublishedFacts.sequences();
        assertThat(published).hasSize(50);
        List<PublishedFacts.Sequence> drawn = Setting.published().stream().flatMap(setting -> Stream.of(0, 1, 2, 3, 4)
                .map(seed -> sequence(setting, seed))).toList();
        return IntStream.range(0, 50).mapToObj(i -> DynamicTest.dynamicTest(
                published.get(i).experiment() + " " + published.get(i).segments() + " segments, generator seed "
                        + published.get(i).generatorSeed(),
                () -> assertThat(drawn.get(i)).isEqualTo(published.get(i))));
    }

    private static PublishedFacts.Sequence sequence(Setting setting, int seed) {
        return setting.experiment() == Experiment.BOUND ? drift(setting, seed) : recall(setting, seed);
    }

    private static PublishedFacts.Sequence drift(Setting setting, int seed) {
        DriftSequence sequence = DriftSequence.draw(setting.generator(seed), setting.segments(), setting.length(),
                setting.noise());
        InformationBlocks information = InformationBlocks.of(sequence.tokens());
        Blocks dla = information.atMost(setting.capacity());
        int tokens = sequence.tokens().length;
        return new PublishedFacts.Sequence(setting.experiment().label(), setting.segments(), setting.length(),
                setting.capacity(), setting.generatorSeed(seed), tokens, sequence.words(), List.of(),
                starts(information.blocks()), starts(dla), starts(FixedBlocks.of(tokens, dla.count())), List.of(),
                List.of());
    }

    private static PublishedFacts.Sequence recall(Setting setting, int seed) {
        PolicyBlocks cut = PolicyBlocks.of(setting, seed);
        boolean policies = setting.experiment() == Experiment.STATE_ONLY;
        return new PublishedFacts.Sequence(setting.experiment().label(), setting.segments(), setting.length(),
                setting.capacity(), setting.generatorSeed(seed), cut.sequence().tokens(), cut.sequence().words(),
                cut.sequence().needles(), starts(cut.information().blocks()),
                starts(cut.blocks(BoundaryPolicy.DLA)), starts(cut.blocks(BoundaryPolicy.FIXED)),
                policies ? starts(cut.blocks(BoundaryPolicy.NOISY_DLA)) : List.of(),
                policies ? starts(cut.blocks(BoundaryPolicy.LOW_K_DLA)) : List.of());
    }

    private static List<Integer> starts(Blocks blocks) {
        return Arrays.stream(blocks.starts()).boxed().toList();
    }

    @Test
    void everyValueOfEveryTrial() {
        List<Measurement> measured = Trials.published();
        WorstError worst = WorstError.of(measured, PublishedFacts.trials());

        System.out.printf("mechanisms: worst error of a recall %.3g, of a bound %.3g%n", worst.recall(), worst.bound());
        assertThat(worst.compared()).isEqualTo(265).isEqualTo(measured.size());
        assertThat(worst.missing()).isZero();
        assertThat(worst.recall()).as("worst error of a recall").isLessThanOrEqualTo(RECALL);
        assertThat(worst.bound()).as("worst error of a bound").isLessThanOrEqualTo(BOUND);
        assertThat(new Tables(measured).rows()).containsExactlyElementsOf(PublishedFacts.tables());
    }

    /** Equal is not above, and no less; by policy it is a tie within 1e-6. */
    @Test
    void eachVerdictFollowsItsMeans() {
        Setting bound = Setting.published().get(1);
        Setting recall = Setting.published(Experiment.RECALL).get(2);

        assertThat(conclusions(with(bound, 1, "fixed", "dla")))
                .isEqualTo(new Conclusions(false, true, true, true, true, 11, 0, 4));
        assertThat(conclusions(with(recall, 1, "fixed", "dla")))
                .isEqualTo(new Conclusions(true, false, true, true, true, 11, 0, 4));
        assertThat(conclusions(with(recall, 1, "delta_rule", "dla")))
                .isEqualTo(new Conclusions(true, true, false, true, true, 11, 0, 4));
        assertThat(conclusions(with(recall, 1, "rwkv7", "dla", "rwkv7_multi")))
                .isEqualTo(new Conclusions(true, true, true, false, true, 11, 0, 4));
        assertThat(conclusions(with(recall, 0, "rwkv7_multi")))
                .isEqualTo(new Conclusions(true, true, true, true, false, 11, 0, 4));
    }

    @ParameterizedTest
    @CsvSource({"0, 1e-6, 0, 0", "1e-6, 0, 0, 0", "0, 2e-6, 15, 0", "2e-6, 0, 0, 15"})
    void aTieIsWithinAMillionth(double linear, double rwkv, int wins, int losses) {
        UnaryOperator<Measurement> replaced = one -> one.setting().experiment() == Experiment.STATE_ONLY
                ? valued(one, one.measure().equals("linear") ? linear : rwkv)
                : one;

        assertThat(conclusions(replaced))
                .isEqualTo(new Conclusions(true, true, true, true, true, wins, losses, 15 - wins - losses));
    }

    private static Conclusions conclusions(UnaryOperator<Measurement> change) {
        return Conclusions.of(FactMeasurements.all().stream().map(change).toList());
    }

    private static UnaryOperator<Measurement> with(Setting setting, double value, String... measures) {
        return one -> one.setting().equals(setting) && List.of(measures).contains(one.measure())
                ? valued(one, value)
                : one;
    }

    private static Measurement valued(Measurement one, double value) {
        return new Measurement(one.setting(), one.seed(), one.tokens(), one.policy(), one.states(), one.measure(),
                value);
    }
}
