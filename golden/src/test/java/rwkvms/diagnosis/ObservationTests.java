package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.KeptTokens;
import rwkvms.diagnosis.Observation.Asked;
import rwkvms.golden.Calls;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.StepSeen;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What a runtime was asked for, which a hypothesis is asked for again. */
final class ObservationTests {
    private static final SmallCase SMALL = SmallCase.of("small", 5).withBatch(2);
    private static final SmallCase WITH_PREVIOUS = SMALL.with(MathTensor.INITIAL_PREVIOUS_SOURCE, 1, 2, 3, 4);

    private static Observation run(SmallCase small, Calls calls) {
        Observation whole = small.making(Hypothesis.CORRECT);
        return new Observation(whole.fixture(), whole.sidecar(), calls, whole.result(), whole.given(), whole.step());
    }

    /** Tokens 2 and 3. */
    private static Observation step() {
        FixtureRun run = new FixtureRun(SMALL.fixture());
        List<LayerState> before = List.of(run.initialState(0), run.initialState(1));
        List<ForwardInput> inputs = List.of(run.streaming(0).tokens(2, 4), run.streaming(1).tokens(2, 4));
        Tensor truth = Tensor.ofDoubles(Shape.of(2, 2, 2), new double[8]);
        Tensor given = Tensor.ofDoubles(Shape.of(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
        StepSeen step = new StepSeen(2, before, inputs, TensorSet.of(Map.of(MathTensor.RAW_READS, truth)),
                TensorSet.of(Map.of(MathTensor.RAW_READS, given)));
        Observation whole = SMALL.keeping(MathTensor.RAW_READS, 2).making(Hypothesis.CORRECT);
        return new Observation(whole.fixture(), Optional.empty(), Calls.steps(2), whole.result(), step.given(),
                Optional.of(step));
    }

    @Test
    void theWholeIsOneCallByTheFixturesOwnRule() {
        List<Asked> asked = run(SMALL, Calls.WHOLE).asked();
        assertThat(asked).hasSize(2).allSatisfy(each -> {
            assertThat(each.starts()).containsExactly(0);
            assertThat(each.input().legacyPredecessor()).isTrue();
            assertThat(each.input().tokens()).isEqualTo(5);
            assertThat(each.previousGiven()).isFalse();
        });
        FixtureRun run = new FixtureRun(SMALL.fixture());
        assertThat(asked.get(1).before().sameBits(run.initialState(1))).isTrue();
        assertThat(asked.get(1).input().hiddenStates().sameBits(run.input(1).hiddenStates())).isTrue();
        assertThat(run(WITH_PREVIOUS, Calls.WHOLE).asked()).allSatisfy(each -> {
            assertThat(each.input().legacyPredecessor()).isFalse();
            assertThat(each.previousGiven()).isTrue();
        });
    }

    @Test
    void chunksAreCallsThatGoOn() {
        assertThat(run(SMALL, Calls.chunks(2)).asked()).hasSize(2).allSatisfy(each -> {
            assertThat(each.starts()).containsExactly(0, 2, 4);
            assertThat(each.input().legacyPredecessor()).isFalse();
            assertThat(each.input().tokens()).isEqualTo(5);
        });
        assertThat(run(SMALL, Calls.chunks(5)).asked()).hasSize(2).allSatisfy(each -> {
            assertThat(each.starts()).containsExactly(0);
            assertThat(each.input().legacyPredecessor()).isTrue();
        });
        assertThat(run(SMALL, Calls.microbatches(2)).asked())
                .allSatisfy(each -> assertThat(each.starts()).containsExactly(0));
    }

    @Test
    void aStepBeginsInTheStateThatWasGiven() {
        Observation step = step();
        assertThat(step.asked()).hasSize(2).allSatisfy(each -> {
            assertThat(each.starts()).containsExactly(0);
            assertThat(each.input().tokens()).isEqualTo(2);
            assertThat(each.previousGiven()).isTrue();
        });
        assertThat(step.asked().get(1).before()).isSameAs(step.step().orElseThrow().before().get(1));
        assertThat(step.from()).isEqualTo(2);
        assertThat(step.tokens()).isEqualTo(2);
        assertThat(step.size()).isEqualTo(8);
        assertThat(step.kept(MathTensor.RAW_READS)).isEmpty();
        assertThat(step.expected(MathTensor.RAW_READS).orElseThrow().toDoubles()).containsOnly(0);
        assertThat(step.expected(MathTensor.KEEP)).isEmpty();
    }

    @Test
    void aRunOfAllTokensHasWhatTheFixtureHas() {
        Observation whole = SMALL.keeping(MathTensor.RAW_READS, 2, 4).making(Hypothesis.CORRECT);
        assertThat(whole.from()).isZero();
        assertThat(whole.tokens()).isEqualTo(5);
        assertThat(whole.size()).isEqualTo(whole.fixture().totalValues()).isGreaterThan(100);
        assertThat(whole.kept(MathTensor.RAW_READS)).contains(new KeptTokens(List.of(2, 4)));
        assertThat(whole.expected(MathTensor.RAW_READS).orElseThrow().shape()).isEqualTo(Shape.of(2, 2, 2));
    }

    @Test
    void aCaseWithoutItsSidecarIsSaidToBe() {
        assertThat(SMALL.making(Hypothesis.CORRECT).name()).isEqualTo("small without sidecar");
        assertThat(SMALL.unreadable(SMALL.values(Hypothesis.CORRECT)).name()).isEqualTo("small");
    }
}
