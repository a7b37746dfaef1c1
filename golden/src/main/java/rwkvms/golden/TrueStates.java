package rwkvms.golden;

import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The state before each token of a fixture, from an exact run of it, rounded to float32 once. */
final class TrueStates {
    private final GoldenCase golden;
    private final FixtureRun run;
    private final Conditioning conditioning;
    private final TensorSet exact;

    private TrueStates(GoldenCase golden, FixtureRun run) {
        this.golden = golden;
        this.run = run;
        List<Integer> rows = IntStream.range(0, golden.fixture().pass().batchSize()).boxed().toList();
        this.conditioning = Conditioning.of(golden.fixture().config(),
                golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()),
                rows.stream().map(run::initialState).toList(),
                rows.stream().map(row -> run.streaming(row).withTaps(Taps.STEP_TRACE)).toList(),
                golden.name().hashCode());
        this.exact = conditioning.exact();
    }

    static TrueStates of(GoldenCase golden) {
        return new TrueStates(golden, new FixtureRun(golden.fixture()));
    }

    /** The call for a batch row, which goes on from any state. */
    ForwardInput input(int row) {
        return run.streaming(row).withTaps(Taps.ALL);
    }

    /** A step of a batch row from the state before it, as exact arithmetic has it. */
    Conditioning step(int row, Steps.Step step) {
        return conditioning.part(row, before(row, step.from()), input(row).tokens(step.from(), step.to()),
                step.from());
    }

    LayerState before(int row, int token) {
        LayerState initial = run.initialState(row);
        if (token == 0) {
            return initial;
        }
        TokenMask mask = TokenMask.of(run.input(row).mask());
        Tensor source = initial.previousSource();
        for (int t = token - 1; t >= 0; t--) {
            if (mask.valid(t)) {
                source = at(MathTensor.MEMORY_SOURCE, row, t, initial.previousSource().shape());
                break;
            }
        }
        return new LayerState(at(MathTensor.STATE_AFTER, row, token - 1, initial.state().shape()),
                position(row, token), source);
    }

    /** Before a token, or after the last. */
    long position(int row, int token) {
        TokenMask mask = TokenMask.of(run.input(row).mask());
        return run.initialState(row).position() + IntStream.range(0, token).filter(mask::valid).count();
    }

    private Tensor at(MathTensor name, int row, int token, Shape shape) {
        Tensor all = exact.get(name);
        int number = row * golden.fixture().pass().seqLen() + token;
        return all.reshape(all.shape().withoutFirst().withoutFirst().prepend((long) all.shape().dim(0)
                * all.shape().dim(1))).rows(number, number + 1).asFloat32().reshape(shape);
    }

    /** The first tensor of the fixture that the exact run does not give, if there is one: then its states are not the fixture's. */
    Optional<MathTensor> unconfirmed(Tolerance tolerance, Ties ties) {
        Map<MathTensor, BitSet> doubtful = new EnumMap<>(MathTensor.class);
        for (MathTensor name : exact.names()) {
            expected(name).ifPresent(expected -> {
                double[] found = rows(name, exact).toDoubles();
                double[] written = expected.toDoubles();
                BitSet missed = new BitSet();
                IntStream.range(0, written.length).filter(i -> !tolerance.accepts(found[i], written[i])
                        && !ties.ambiguous(name, expected).test(i)).forEach(missed::set);
                if (!missed.isEmpty()) {
                    doubtful.put(name, missed);
                }
            });
        }
        return doubtful.isEmpty() ? Optional.empty() : beyond(doubtful);
    }

    private Optional<MathTensor> beyond(Map<MathTensor, BitSet> doubtful) {
        Map<MathTensor, BitSet> inWhole = new EnumMap<>(MathTensor.class);
        doubtful.forEach((name, values) -> inWhole.put(name, Kept.inWhole(golden.fixture(), name, values)));
        TensorSet limits = conditioning.limits(inWhole);
        return doubtful.keySet().stream().filter(name -> {
            Tensor limit = rows(name, limits);
            Tensor found = rows(name, exact);
            Tensor expected = expected(name).orElseThrow();
            BitSet values = doubtful.getOrDefault(name, new BitSet());
            return values.stream().anyMatch(i -> !(Math.abs(found.at(i) - expected.at(i)) <= limit.at(i)));
        }).findFirst();
    }

    private Tensor rows(MathTensor name, TensorSet whole) {
        return Kept.rows(golden.fixture(), name, whole.get(name));
    }

    private Optional<Tensor> expected(MathTensor name) {
        Fixture fixture = golden.fixture();
        return fixture.expected(name).filter(
                tensor -> Kept.whole(fixture, name, tensor).equals(exact.get(name).shape()));
    }
}
