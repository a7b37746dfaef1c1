package rwkvms.golden;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Runs a fixture's inputs through a runtime, one session per batch row, and stacks the rows again. */
public final class FixtureRun {
    private final Fixture fixture;
    private final MemoryConfig config;

    public FixtureRun(Fixture fixture) {
        this.fixture = fixture;
        this.config = fixture.config();
    }

    /** Every tensor of the forward pass, with the fixture's batch dimension in front. */
    public TensorSet forward(LoadedMemory memory) {
        return forward(memory, this::input, List.of(0));
    }

    /**
     * The same in calls of so many tokens, one after the other.
     *
     * @throws NotEvaluatedException if the fixture's rule of predecessors is that of a single call
     */
    public TensorSet forward(LoadedMemory memory, int tokens) throws NotEvaluatedException {
        requireStreaming();
        return forward(memory, this::streaming, Calls.chunks(tokens).starts(fixture.pass().seqLen()));
    }

    private TensorSet forward(LoadedMemory memory, IntFunction<ForwardInput> inputs, List<Integer> starts) {
        List<TensorSet> rows = new ArrayList<>();
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            ForwardInput input = inputs.apply(row);
            try (MemorySession session = memory.newSession()) {
                session.setState(fixture.pass().layer(), initialState(row));
                CallResults calls = new CallResults();
                for (int call = 0; call < starts.size(); call++) {
                    int from = starts.get(call);
                    int to = call + 1 < starts.size() ? starts.get(call + 1) : input.tokens();
                    calls.add(session.forward(fixture.pass().layer(),
                            starts.size() == 1 ? input : input.tokens(from, to)), to - from);
                }
                rows.add(calls.joined());
            }
        }
        return stack(rows);
    }

    /** The tensors that follow from the recorded features alone, with the batch dimension in front. */
    public TensorSet scan(MemoryRuntime runtime) throws NotEvaluatedException {
        return scan(runtime, fixture.pass().seqLen());
    }

    /** The same in scans of so many tokens, each from the state that the one before gave. */
    public TensorSet scan(MemoryRuntime runtime, int tokens) throws NotEvaluatedException {
        List<TensorSet> rows = new ArrayList<>();
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            ScanInput input = scanInput(row);
            CallResults calls = new CallResults();
            for (int from = 0; from < Math.max(input.tokens(), 1); from += Math.max(tokens, 1)) {
                int to = Math.min(from + tokens, input.tokens());
                ScanInput next = from == 0 ? input : calls.continued(input);
                calls.add(runtime.scan(config, to - from == input.tokens() ? next : next.tokens(from, to)), to - from);
            }
            rows.add(calls.joined());
        }
        return stack(rows);
    }

    /**
     * Refuses a fixture of the legacy rule with masked tokens: the first token of a call has no predecessor then, so that two
     * calls are not one.
     */
    void requireStreaming() throws NotEvaluatedException {
        for (int row = 0; row < fixture.pass().batchSize(); row++) {
            ForwardInput input = input(row);
            TokenMask mask = TokenMask.of(input.mask());
            if (input.legacyPredecessor() && IntStream.range(0, input.tokens()).anyMatch(t -> !mask.valid(t))) {
                throw new NotEvaluatedException("without initial_previous_source the first token of a call has no"
                        + " predecessor and the one behind a masked token has that; only a single call gives this");
            }
        }
    }

    /** The call for a batch row by the rule that goes on over calls, which without masked tokens is the legacy one. */
    public ForwardInput streaming(int row) {
        ForwardInput input = input(row);
        return new ForwardInput(input.hiddenStates(), input.mask(), false, false, input.taps());
    }

    /** The state before the first token of a batch row; without an initial previous source, that source is zero. */
    public LayerState initialState(int row) {
        Tensor previous = fixture.optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).map(all -> row(all, row))
                .orElseGet(() -> Tensor.ofFloats(Shape.of(config.readDim()), new float[config.readDim()]));
        return new LayerState(row(fixture.input(MathTensor.INITIAL_STATE), row),
                fixture.input(MathTensor.INITIAL_POSITIONS).longAt(row), previous);
    }

    /** The call for a batch row. Semantics 1 without an initial previous source uses the legacy rule. */
    public ForwardInput input(int row) {
        boolean legacy = config.semanticsVersion() == 1
                && fixture.optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isEmpty();
        return new ForwardInput(row(fixture.input(MathTensor.HIDDEN_STATES), row), mask(row), legacy, false,
                fixture.pass().includeStepTrace() ? Taps.STEP_TRACE : Taps.ALL);
    }

    /** Recorded features of a batch row; the fixture must have them. */
    public ScanInput scanInput(int row) {
        LayerState initial = initialState(row);
        int g = config.gateWidth();
        Shape gates = Shape.of(fixture.pass().seqLen(), g);
        return new ScanInput(recorded(MathTensor.FEATURE_R, row), recorded(MathTensor.FEATURE_W, row),
                recorded(MathTensor.FEATURE_K, row), recorded(MathTensor.FEATURE_V, row),
                recorded(MathTensor.FEATURE_A, row), recorded(MathTensor.FEATURE_B, row),
                recorded(MathTensor.BETA, row).reshape(gates), recorded(MathTensor.LAMBDA, row).reshape(gates),
                initial.state(), mask(row), initial.position());
    }

    private Tensor recorded(MathTensor name, int row) {
        if (fixture.kept(name).isPresent()) {
            throw new RuntimeFailure("expected." + name.label() + " has " + fixture.kept(name).get().count() + " of "
                    + fixture.pass().seqLen() + " tokens; the scan cannot be replayed without all of them");
        }
        return row(fixture.expected(name).orElseThrow(() -> new RuntimeFailure("expected." + name.label()
                + " is missing from the fixture; the scan cannot be replayed without it")), row);
    }

    private Optional<Tensor> mask(int row) {
        return fixture.optionalInput(MathTensor.TOKEN_MASK).map(all -> row(all, row));
    }

    /** One batch row, without its batch dimension; floating values as float32, which every runtime computes with. */
    private static Tensor row(Tensor batch, int row) {
        Tensor one = batch.rows(row, row + 1).reshape(batch.shape().withoutFirst());
        return one.dtype().isFloating() ? one.asFloat32() : one;
    }

    /** Stacks the rows of a batch. */
    public static TensorSet stack(List<TensorSet> rows) {
        Map<MathTensor, Tensor> stacked = new EnumMap<>(MathTensor.class);
        for (MathTensor name : rows.getFirst().names()) {
            Tensor[] parts = rows.stream().map(row -> row.get(name)).toArray(Tensor[]::new);
            stacked.put(name, parts.length == 1 ? parts[0] : Tensor.concatenate(parts));
        }
        return TensorSet.of(stacked);
    }
}
