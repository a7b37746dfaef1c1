package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Scores that tie at the k-th place: at which token of which sequence, and of which tensors. */
final class TiesTests {
    private static final MemoryConfig CONFIG = new MemoryConfig(1, 2, 2, 3, 1, 2, 1, 1, 1, UpdateMode.STANDARD,
            Set.of(), true, true, true);
    /** Of two tokens, two heads and three slots. */
    private static final Tensor SCORES = Tensor.ofDoubles(Shape.of(2, 2, 3), 2, 1, 1, 3, 2, 1, 9, 1, 2, 1, 5, 5);

    @Test
    void aTieIsOfTheLastThatIsKeptAndTheFirstThatIsNot() {
        assertThat(TiedScores.at(0, SCORES, CONFIG)).isFalse();
        assertThat(TiedScores.at(1, SCORES, CONFIG)).isTrue();
        assertThat(TiedScores.at(0, SCORES, CONFIG.withReadTopK(2))).isTrue();
        assertThat(TiedScores.at(1, SCORES, CONFIG.withReadTopK(2))).isFalse();
        assertThat(TiedScores.at(1, SCORES, CONFIG.withReadTopK(0))).isFalse();
        assertThat(TiedScores.at(1, SCORES, CONFIG.withReadTopK(3))).isFalse();
    }

    /** With an empty state nothing scores before the first write. */
    @Test
    void tokensOfEachSequenceTieByThemselves() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("batch-mask")) {
            Tensor state = golden.fixture().input(MathTensor.INITIAL_STATE);
            double[] values = state.toDoubles();
            Arrays.fill(values, state.count() / 3, 2 * state.count() / 3, 0);
            Fixture empty = AlteredCases.withInput(golden.fixture(), MathTensor.INITIAL_STATE,
                    Tensor.ofRounded(state.shape(), values));
            Fixture fixture = new Fixture(empty.schema(), empty.createdAt(), empty.source(), empty.pass(),
                    empty.config().withReadTopK(1), empty.adapterTensors(), empty.inputs(), empty.expected(),
                    empty.unknown());
            Ties ties = Ties.of(fixture);
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, 1, 0)).isTrue();
            assertThat(ties.ambiguous(MathTensor.RAW_READS, 1, 0)).isFalse();
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, 0, 0)).isFalse();
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, 2, 0)).isFalse();
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, 1, 6)).isFalse();
            Tensor routes = fixture.expected(MathTensor.READ_ROUTES).orElseThrow();
            int slots = fixture.config().numStates();
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, routes).test(7 * slots)).isTrue();
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, routes).test(7 * slots - 1)).isFalse();
            assertThat(ties.ambiguous(MathTensor.READ_ROUTES, routes).test(14 * slots - 1)).isFalse();
            assertThat(ties.count()).isBetween(1, 6);
            assertThat(Ties.of(golden.fixture()).count()).isZero();
        }
    }
}
