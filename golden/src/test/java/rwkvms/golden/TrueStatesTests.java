package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySession;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The state before each token is the one that a runtime has there, and a step from it gives what the whole run gives. */
final class TrueStatesTests {
    private static final double NEAR = 1e-5;

    /** Several sequences with masked tokens, slots that fill up, and two heads. */
    @ParameterizedTest
    @ValueSource(strings = {"batch-mask", "chunk-rollover", "heads-2", "streaming"})
    void theStateBeforeATokenIsThatOfTheReference(String name) throws Exception {
        try (GoldenCase golden = AlteredCases.golden(name);
                ReferenceRuntime reference = new ReferenceRuntime();
                LoadedMemory memory = reference.load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(),
                        golden.fixture().config()))) {
            TrueStates states = TrueStates.of(golden);
            FixtureRun run = new FixtureRun(golden.fixture());
            int layer = golden.fixture().pass().layer();
            for (int row = 0; row < golden.fixture().pass().batchSize(); row++) {
                for (int token = 0; token < golden.fixture().pass().seqLen(); token++) {
                    try (MemorySession session = memory.newSession()) {
                        session.setState(layer, run.initialState(row));
                        if (token > 0) {
                            session.forward(layer, run.streaming(row).tokens(0, token));
                        }
                        LayerState right = session.state(layer);
                        LayerState found = states.before(row, token);
                        assertThat(found.position()).isEqualTo(right.position()).isEqualTo(states.position(row, token));
                        assertThat(found.state().shape()).isEqualTo(right.state().shape());
                        assertThat(found.state().toDoubles()).containsExactly(right.state().toDoubles(), within(NEAR));
                        assertThat(found.previousSource().toDoubles())
                                .containsExactly(right.previousSource().toDoubles(), within(NEAR));
                    }
                }
            }
        }
    }

    @Test
    void aStepGivesWhatTheFixtureHasOfItsTokens() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("streaming")) {
            TrueStates states = TrueStates.of(golden);
            StepTruth truth = StepTruth.of(golden.fixture(), states, 0, new Steps.Step(3, 6));
            for (MathTensor name : List.of(MathTensor.MEMORY_V, MathTensor.FEATURE_K, MathTensor.RAW_READS,
                    MathTensor.DELTA_Q)) {
                Tensor all = golden.fixture().expected(name).orElseThrow();
                Tensor part = all.reshape(all.shape().withoutFirst()).rows(3, 6);
                assertThat(truth.of(name).shape()).isEqualTo(part.shape().prepend(1));
                assertThat(truth.of(name).toDoubles()).containsExactly(part.toDoubles(), within(NEAR));
            }
            assertThat(truth.of(MathTensor.SLOT_INDICES).toLongs()).containsExactly(
                    golden.fixture().expected(MathTensor.SLOT_INDICES).orElseThrow().reshape(Shape.of(8)).rows(3, 6)
                            .toLongs());
            assertThat(truth.of(MathTensor.POSITIONS_AFTER).toLongs()).containsExactly(states.position(0, 6));
            LayerState after = states.before(0, 6);
            assertThat(truth.of(MathTensor.STATE_AFTER).toDoubles())
                    .containsExactly(after.state().toDoubles(), within(NEAR));
            assertThat(truth.expected()).doesNotContainKeys(MathTensor.FINAL_STATE, MathTensor.STATE_BEFORE);
        }
    }

    @Test
    void whatMissesTheTruthIsCountedByItsNumber() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("basic")) {
            StepTruth step = StepTruth.of(golden.fixture(), TrueStates.of(golden), 0, new Steps.Step(0, 2));
            StepTruth truth = new StepTruth(Map.of(MathTensor.KEEP, Tensor.ofDoubles(Shape.of(1, 4), 0, 0, 0, 0),
                    MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, 3), 0, 1, 2)), step.conditioning());
            double beyond = Math.nextUp(1e-5);
            BitSet third = BitSet.valueOf(new long[]{0b100});
            assertThat(truth.missed(MathTensor.KEEP, Tensor.ofDoubles(Shape.of(1, 4), 1e-5, -beyond, 1, beyond),
                    Tolerance.DEFAULT, third)).isEqualTo(BitSet.valueOf(new long[]{0b1010}));
            assertThat(truth.missed(MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, 3), 0, 2, 3),
                    Tolerance.DEFAULT, third)).isEqualTo(BitSet.valueOf(new long[]{0b10}));
        }
    }

    @Test
    void aValueIsWithinSoManyTimesItsLimit() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("basic")) {
            StepTruth step = StepTruth.of(golden.fixture(), TrueStates.of(golden), 0, new Steps.Step(0, 2));
            StepTruth truth = new StepTruth(Map.of(MathTensor.KEEP, Tensor.ofDoubles(Shape.of(1, 2), 1, 1)),
                    step.conditioning());
            Map<MathTensor, Tensor> limits = Map.of(MathTensor.KEEP, Tensor.ofDoubles(Shape.of(1, 2), 0.25, 0));
            Map<MathTensor, Tensor> found = Map.of(MathTensor.KEEP, Tensor.ofDoubles(Shape.of(1, 2), 0.5, 9));
            Map<MathTensor, BitSet> first = Map.of(MathTensor.KEEP, BitSet.valueOf(new long[]{0b1}));
            assertThat(truth.within(first, found, limits, 2)).isTrue();
            assertThat(truth.within(first, found, limits, Math.nextDown(2.0))).isFalse();
            assertThat(truth.within(Map.of(MathTensor.KEEP, BitSet.valueOf(new long[]{0b11})), found, limits, 2))
                    .isFalse();
        }
    }

    /** The state in the end is asked for under the name that it has in a step. */
    @Test
    void whatFloat32CanKnowIsOfTheValuesThatWereAskedFor() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("basic")) {
            StepTruth truth = StepTruth.of(golden.fixture(), TrueStates.of(golden), 0, new Steps.Step(0, 2));
            BitSet third = BitSet.valueOf(new long[]{0b100});
            Map<MathTensor, Tensor> limits = truth.limits(
                    Map.of(MathTensor.STATE_AFTER, third, MathTensor.RAW_READS, third), truth.expected());
            assertThat(limits).containsOnlyKeys(MathTensor.STATE_AFTER, MathTensor.RAW_READS);
            limits.forEach((name, limit) -> {
                assertThat(limit.shape()).isEqualTo(truth.of(name).shape());
                assertThat(limit.at(2)).isPositive().isLessThan(1e-5);
                assertThat(limit.at(1)).isZero();
            });
        }
    }

    /** A fixture's value that is off by more than float32 can know of it is of another run than the exact one. */
    @Test
    void theFirstTensorThatIsNotTheExactRunsIsNamed() throws Exception {
        try (GoldenCase golden = AlteredCases.golden("streaming")) {
            Ties ties = Ties.of(golden.fixture());
            assertThat(TrueStates.of(golden).unconfirmed(Tolerance.DEFAULT, ties)).isEmpty();
            for (MathTensor name : List.of(MathTensor.MEMORY_V, MathTensor.RAW_READS, MathTensor.DELTA_O)) {
                assertThat(TrueStates.of(off(golden, name)).unconfirmed(Tolerance.DEFAULT, ties)).contains(name);
            }
            GoldenCase two = off(off(golden, MathTensor.DELTA_O), MathTensor.MEMORY_V);
            assertThat(TrueStates.of(two).unconfirmed(Tolerance.DEFAULT, ties)).contains(MathTensor.MEMORY_V);
            Tensor reads = golden.fixture().expected(MathTensor.RAW_READS).orElseThrow();
            GoldenCase other = AlteredCases.with(golden, AlteredCases.withExpected(golden.fixture(),
                    MathTensor.RAW_READS, Tensor.ofDoubles(Shape.of(1, 8, 4), new double[reads.count() / 2])));
            assertThat(TrueStates.of(other).unconfirmed(Tolerance.DEFAULT, ties)).isEmpty();
        }
    }

    private static GoldenCase off(GoldenCase golden, MathTensor name) {
        Tensor expected = golden.fixture().expected(name).orElseThrow();
        double[] values = expected.toDoubles();
        values[values.length - 1] += 0.01;
        return AlteredCases.with(golden,
                AlteredCases.withExpected(golden.fixture(), name, Tensor.ofDoubles(expected.shape(), values)));
    }
}
