package rwkvms.golden;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.TensorSet;
import rwkvms.state.StateIdentity;
import rwkvms.state.StateWriter;
import rwkvms.tensor.Tensor;

/**
 * Judges a fixture step by step: before each, the runtime is given the true state, so that no error adds up and a fault is seen
 * at its token. What a step must give is exact arithmetic from that state.
 */
final class StepCheck {
    private final GoldenCase golden;
    private final Fixture fixture;
    private final Tolerance tolerance;
    private final Witness witness;
    private @Nullable TrueStates states;
    private @Nullable String unconfirmed;

    StepCheck(GoldenCase golden, Tolerance tolerance, Witness witness) {
        this.golden = golden;
        this.fixture = golden.fixture();
        this.tolerance = tolerance;
        this.witness = witness;
    }

    private TrueStates states() {
        TrueStates known = states;
        if (known == null) {
            known = TrueStates.of(golden);
            states = known;
        }
        return known;
    }

    /** The first tensor of the fixture that exact arithmetic does not give, or an empty text. */
    private String unconfirmed(Ties ties) {
        String known = unconfirmed;
        if (known == null) {
            known = states().unconfirmed(tolerance, ties).map(MathTensor::label).orElse("");
            unconfirmed = known;
        }
        return known;
    }

    /**
     * What a runtime gives in steps of that size: rows of their tokens, and the state and position at the end of each step as
     * {@code state_after} and {@code positions_after}.
     */
    TensorSet run(LoadedMemory memory, int size) throws NotEvaluatedException {
        new FixtureRun(fixture).requireStreaming();
        List<TensorSet> rows = new ArrayList<>();
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            CallResults steps = new CallResults();
            try (MemorySession session = memory.newSession()) {
                for (Steps.Step step : Steps.of(fixture, states(), size).all()) {
                    give(session, states().before(row, step.from()));
                    steps.add(session.forward(fixture.pass().layer(),
                            states().input(row).tokens(step.from(), step.to())), step.tokens(), StepCheck::withEnd);
                }
            }
            rows.add(steps.joined());
        }
        return FixtureRun.stack(rows);
    }

    /** Sets the state, or loads it where the runtime has no raw states. */
    private void give(MemorySession session, LayerState state) throws NotEvaluatedException {
        try {
            session.setState(fixture.pass().layer(), state);
        } catch (RuntimeFailure raw) {
            try {
                session.loadState(StateWriter.write(StateIdentity.of(golden.sidecar().orElseThrow()), layer -> state));
            } catch (RuntimeFailure saved) {
                throw new NotEvaluatedException("the runtime takes neither a raw state (" + raw.getMessage()
                        + ") nor a saved one (" + saved.getMessage() + ")");
            }
        }
    }

    private static TensorSet withEnd(TensorSet call) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        for (MathTensor name : call.names()) {
            switch (name) {
                case FINAL_STATE -> tensors.put(MathTensor.STATE_AFTER, asRow(name, call.get(name)));
                case FINAL_POSITIONS -> tensors.put(MathTensor.POSITIONS_AFTER, asRow(name, call.get(name)));
                case FINAL_PREVIOUS_SOURCE -> {
                    // The chunks go on from it.
                }
                default -> tensors.put(name, call.get(name));
            }
        }
        return TensorSet.of(tensors);
    }

    /** [1, …] as [1, 1, …]. */
    private static Tensor asRow(MathTensor name, Tensor once) {
        try {
            return once.reshape(once.shape().prepend(1));
        } catch (IllegalArgumentException e) {
            throw new RuntimeFailure(name.label() + ": expected one row, found " + once, e);
        }
    }

    /** Judges what {@link #run} gave; behind a step that differs no more are judged. */
    CaseResult judge(String runtime, Calls calls, TensorSet actual) {
        String name = calls.of(golden.name());
        Ties ties = Ties.of(fixture);
        String doubtful = unconfirmed(ties);
        if (!doubtful.isEmpty()) {
            return new CaseNotEvaluated(name, runtime, "exact arithmetic does not give the fixture's "
                    + doubtful + ", so that the states to begin from are not known");
        }
        Steps steps = Steps.of(fixture, states(), calls.tokens());
        StepRows rows = new StepRows(steps, fixture.pass().batchSize());
        List<String> errors = new ArrayList<>();
        boolean sound = true;
        int judged = 0;
        while (sound && judged < steps.all().size()) {
            for (int row = 0; row < fixture.pass().batchSize(); row++) {
                StepTruth truth = StepTruth.of(fixture, states(), row, steps.all().get(judged));
                errors.addAll(judged == 0 && row == 0 ? rows.errors(truth, actual, runtime) : List.of());
                sound &= errors.isEmpty() && rows.add(row, judged, truth, actual, tolerance, ties);
            }
            judged++;
        }
        CheckResult result = result(runtime, name, rows, judged, errors, ties);
        CaseResult known = result.orNotEvaluated();
        if (errors.isEmpty() && known instanceof CheckResult) {
            witness.sawSteps(golden, calls, result,
                    sound ? Optional.empty() : Optional.of(seen(steps, rows, judged - 1, actual)));
        }
        return known;
    }

    private StepSeen seen(Steps steps, StepRows rows, int number, TensorSet actual) {
        Steps.Step step = steps.all().get(number);
        List<LayerState> before = new ArrayList<>();
        List<ForwardInput> inputs = new ArrayList<>();
        List<TensorSet> truths = new ArrayList<>();
        List<TensorSet> given = new ArrayList<>();
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            before.add(states().before(row, step.from()));
            inputs.add(states().input(row).tokens(step.from(), step.to()));
            Map<MathTensor, Tensor> truth = StepTruth.of(fixture, states(), row, step).expected();
            truths.add(asCall(truth));
            given.add(asCall(rows.found(row, number, truth.keySet(), actual)));
        }
        return new StepSeen(step.from(), before, inputs, FixtureRun.stack(truths), FixtureRun.stack(given));
    }

    /** The state in the end under the names of a call. */
    private static TensorSet asCall(Map<MathTensor, Tensor> ofStep) {
        Map<MathTensor, Tensor> named = new EnumMap<>(MathTensor.class);
        ofStep.forEach((name, tensor) -> {
            switch (name) {
                case STATE_AFTER -> named.put(MathTensor.FINAL_STATE, tensor.reshape(tensor.shape().withoutFirst()));
                case POSITIONS_AFTER ->
                    named.put(MathTensor.FINAL_POSITIONS, tensor.reshape(tensor.shape().withoutFirst()));
                default -> named.put(name, tensor);
            }
        });
        return TensorSet.of(named);
    }

    private CheckResult result(String runtime, String name, StepRows rows, int judged, List<String> errors, Ties ties) {
        List<TensorComparison> comparisons = errors.isEmpty() ? rows.compared(tolerance, ties) : List.of();
        List<String> notes = new ArrayList<>(rows.notes(judged, fixture.pass().seqLen()));
        List<String> doubts = new ArrayList<>();
        for (TensorComparison comparison : comparisons) {
            KnownWords.note(comparison, tolerance).ifPresent(notes::add);
            doubts.addAll(KnownWords.doubts(comparison));
        }
        List<TensorComparison> evaluated = comparisons.stream().filter(each -> !KnownWords.notEvaluated(each)).toList();
        return new CheckResult(name, runtime, fixture.pass().layer(), tolerance, true,
                rows.names().size() - (comparisons.size() - evaluated.size()), evaluated, errors, notes, doubts);
    }
}
