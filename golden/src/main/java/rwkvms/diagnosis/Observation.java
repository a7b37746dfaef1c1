package rwkvms.diagnosis;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.comparison.KeptTokens;
import rwkvms.fixtures.Fixture;
import rwkvms.golden.Calls;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.StepSeen;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Tensor;

/**
 * A judged run of a fixture, with what the runtime gave.
 *
 * @param sidecar to be opened again for the weights
 * @param given   the rows that the fixture has; of a run in steps, those of the step that differs
 * @param step    of a run in steps, the one that differs
 */
record Observation(Fixture fixture, Optional<Path> sidecar, Calls calls, CheckResult result, TensorSet given,
        Optional<StepSeen> step) {
    static Observation of(GoldenCase golden, Calls calls, CheckResult result, TensorSet given) {
        return new Observation(golden.fixture(), golden.sidecar().map(Sidecar::path), calls, result, given,
                Optional.empty());
    }

    static Observation of(GoldenCase golden, Calls calls, CheckResult result, StepSeen step) {
        return new Observation(golden.fixture(), golden.sidecar().map(Sidecar::path), calls, result, step.given(),
                Optional.of(step));
    }

    /** What a runtime is asked for one sequence: tokens from a state on, in calls that begin at these tokens. */
    record Asked(LayerState before, ForwardInput input, boolean previousGiven, List<Integer> starts) {
    }

    /** By batch row. */
    List<Asked> asked() {
        List<Asked> asked = new ArrayList<>();
        FixtureRun run = new FixtureRun(fixture);
        boolean previousGiven = fixture.optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isPresent();
        List<Integer> starts = calls.kind() == Calls.Kind.CHUNKS
                ? calls.starts(fixture.pass().seqLen())
                : List.of(0);
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            asked.add(step.isPresent()
                    ? new Asked(step.get().before().get(row), step.get().inputs().get(row), true, List.of(0))
                    : new Asked(run.initialState(row), starts.size() == 1 ? run.input(row) : run.streaming(row),
                            previousGiven, starts));
        }
        return asked;
    }

    /** What is right. */
    Optional<Tensor> expected(MathTensor name) {
        return step.isPresent() ? step.get().truth().find(name) : fixture.expected(name);
    }

    /** The tokens that {@link #given} has of a tensor, if it has not all. */
    Optional<KeptTokens> kept(MathTensor name) {
        return step.isPresent() ? Optional.empty() : fixture.kept(name);
    }

    /** A case without its sidecar has the name of the one with it. */
    String name() {
        return result.caseName() + (sidecar.isEmpty() ? " without sidecar" : "");
    }

    /** The first token that was computed from the state that was given. */
    int from() {
        return step.map(StepSeen::from).orElse(0);
    }

    int tokens() {
        return step.map(StepSeen::tokens).orElse(fixture.pass().seqLen());
    }

    /** Values. */
    long size() {
        return step.map(StepSeen::values).orElse(fixture.totalValues());
    }
}
