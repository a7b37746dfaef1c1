package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.fixtures.DeltaHead;
import rwkvms.fixtures.UpdateMode;

/** Models on which a sound C++ runtime once left the tolerance, each stage within its derived bound: no runtime is judged by them. */
final class ConditioningTests {
    static Stream<RandomModel> illConditioned() {
        return Stream.of(
                new RandomModel(
                        new RandomSizes(88, 2, 1, 3, 3, 15, 0, 1, UpdateMode.LAMBDA_OUTSIDE, true, true, false, 1,
                                EnumSet.of(DeltaHead.Q, DeltaHead.K, DeltaHead.O), 1),
                        1131144884, 1),
                new RandomModel(new RandomSizes(29, 2, 1, 2, 6, 16, 2, 1, UpdateMode.STANDARD, false, false, false, 0.5,
                        EnumSet.of(DeltaHead.Q, DeltaHead.V, DeltaHead.O), 0.03), 749094671, 1),
                new RandomModel(
                        new RandomSizes(95, 2, 1, 2, 2, 8, 1, 1, UpdateMode.LAMBDA_OUTSIDE, false, true, true, 0.5,
                                EnumSet.of(DeltaHead.V), 0.03),
                        1551570325, 1),
                new RandomModel(
                        new RandomSizes(48, 6, 1, 5, 1, 13, 5, 2, UpdateMode.LAMBDA_OUTSIDE, false, false, false, 0.5,
                                EnumSet.of(DeltaHead.O), 0),
                        39099829, 1),
                new RandomModel(
                        new RandomSizes(11, 16, 1, 4, 6, 3, 4, 2, UpdateMode.LAMBDA_OUTSIDE, false, false, false, 0.5,
                                EnumSet.of(DeltaHead.V), 0),
                        1163349857, 1));
    }

    @ParameterizedTest
    @MethodSource("illConditioned")
    void areNotJudged(RandomModel model) {
        assertThat(Conditioning.judgeable(model)).isNotEqualTo(model);
    }

    /** Of the first of these sizes none of 500 models could be judged, and a property failed with nothing wrong. */
    static Stream<RandomModel> neverJudgeable() {
        return Stream.of(
                new RandomModel(new RandomSizes(17, 16, 1, 6, 9, 23, 0, 1, UpdateMode.NO_LAMBDA, true, false, false, 1,
                        EnumSet.of(DeltaHead.Q, DeltaHead.V, DeltaHead.O), 1), 53228, 1),
                new RandomModel(new RandomSizes(11, 14, 3, 6, 5, 2, 0, 1, UpdateMode.STANDARD, true, false, false, 0.5,
                        EnumSet.allOf(DeltaHead.class), 1), 1285638867, 1));
    }

    @ParameterizedTest
    @MethodSource("neverJudgeable")
    void areJudgedSmallerWhereNoneOfTheirSizeCanBe(RandomModel drawn) {
        RandomModel judged = Conditioning.judgeable(drawn);
        assertThat(judged.sizes().tokens()).isLessThan(drawn.sizes().tokens());
        assertThat(judged.sizes().stateScale()).isLessThan(drawn.sizes().stateScale());
        assertThat(Conditioning.isJudgeable(judged)).isTrue();
    }
}
