package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/** No runtime is judged on models on which a sound C++ runtime once left the tolerance with each stage within its bound. */
final class ConditioningTests {
    static Stream<RandomModel> illConditioned() {
        return Stream.of(
                new RandomModel(
                        new RandomSizes(
                                new MemoryConfig(88, 2, 1, 3, 3, RandomSizes.ALPHA, 1, 0, 1, UpdateMode.LAMBDA_OUTSIDE,
                                        EnumSet.of(DeltaHead.Q, DeltaHead.K, DeltaHead.O), true, true, false),
                                15, 1),
                        1131144884, 1),
                new RandomModel(new RandomSizes(new MemoryConfig(29, 2, 1, 2, 6, RandomSizes.ALPHA, 0.5, 2, 1,
                        UpdateMode.STANDARD, EnumSet.of(DeltaHead.Q, DeltaHead.V, DeltaHead.O), false, false, false),
                        16, 0.03), 749094671, 1),
                new RandomModel(
                        new RandomSizes(
                                new MemoryConfig(95, 2, 1, 2, 2, RandomSizes.ALPHA, 0.5, 1, 1,
                                        UpdateMode.LAMBDA_OUTSIDE, EnumSet.of(DeltaHead.V), false, true, true),
                                8, 0.03),
                        1551570325, 1),
                new RandomModel(
                        new RandomSizes(
                                new MemoryConfig(48, 6, 1, 5, 1, RandomSizes.ALPHA, 0.5, 5, 2,
                                        UpdateMode.LAMBDA_OUTSIDE, EnumSet.of(DeltaHead.O), false, false, false),
                                13, 0),
                        39099829, 1),
                new RandomModel(
                        new RandomSizes(new MemoryConfig(11, 16, 1, 4, 6, RandomSizes.ALPHA, 0.5, 4, 2,
                                UpdateMode.LAMBDA_OUTSIDE, EnumSet.of(DeltaHead.V), false, false, false), 3, 0),
                        1163349857, 1));
    }

    @ParameterizedTest
    @MethodSource("illConditioned")
    void areNotJudged(RandomModel model) {
        assertThat(Conditioning.judgeable(model)).isNotEqualTo(model);
    }

    /** None of 500 models of the first of these sizes could be judged, and a property failed on a sound runtime. */
    static Stream<RandomModel> neverJudgeable() {
        return Stream.of(
                new RandomModel(new RandomSizes(new MemoryConfig(17, 16, 1, 6, 9, RandomSizes.ALPHA, 1, 0, 1,
                        UpdateMode.NO_LAMBDA, EnumSet.of(DeltaHead.Q, DeltaHead.V, DeltaHead.O), true, false, false),
                        23,
                        1), 53228, 1),
                new RandomModel(new RandomSizes(new MemoryConfig(11, 14, 3, 6, 5, RandomSizes.ALPHA, 0.5, 0, 1,
                        UpdateMode.STANDARD, EnumSet.allOf(DeltaHead.class), true, false, false), 2, 1), 1285638867,
                        1));
    }

    @ParameterizedTest
    @MethodSource("neverJudgeable")
    void areJudgedSmallerIfNoneOfTheirSizeCanBe(RandomModel drawn) {
        RandomModel judged = Conditioning.judgeable(drawn);
        assertThat(judged.sizes().tokens()).isLessThan(drawn.sizes().tokens());
        assertThat(judged.sizes().stateScale()).isLessThan(drawn.sizes().stateScale());
        assertThat(Conditioning.isJudgeable(judged)).isTrue();
    }
}
