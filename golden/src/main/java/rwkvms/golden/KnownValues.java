package rwkvms.golden;

import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * What float32 can know of the values of a fixture that a runtime misses. It is measured only if a value is beyond the
 * tolerance.
 */
final class KnownValues {
    private final GoldenCase golden;
    private final Tolerance tolerance;
    private final Ties ties;
    private @Nullable Conditioning conditioning;

    /**
     * Limits of what was missed.
     *
     * @param note how they were measured, or why there are none
     */
    record Answer(Map<MathTensor, KnownLimits> limits, Optional<String> note) {
        static final Answer NONE = new Answer(Map.of(), Optional.empty());
    }

    KnownValues(GoldenCase golden, Tolerance tolerance, Ties ties) {
        this.golden = golden;
        this.tolerance = tolerance;
        this.ties = ties;
    }

    /**
     * The limits of what these tensors of a runtime miss. None where nothing could excuse it, where a tolerance sharper than the
     * gate's own was asked for, and where exact arithmetic does not give the fixture's values.
     */
    Answer of(Map<MathTensor, Tensor> given) {
        Map<MathTensor, Tensor> found = new EnumMap<>(MathTensor.class);
        given.forEach((name, whole) -> found.put(name, Kept.rows(golden.fixture(), name, whole)));
        Map<MathTensor, BitSet> missed = missed(found);
        if (missed.isEmpty() || tolerance.sharperThan(Tolerance.DEFAULT)) {
            return Answer.NONE;
        }
        Map<MathTensor, BitSet> open = within(Conditioning.HOPELESS, missed, found,
                limits(missed, Conditioning.FIRST_RUNS));
        return open.isEmpty() ? Answer.NONE : limits(open);
    }

    private Answer limits(Map<MathTensor, BitSet> missed) {
        Map<MathTensor, Tensor> exact = exact();
        Map<MathTensor, BitSet> doubtful = missed(exact);
        Map<MathTensor, BitSet> asked = new EnumMap<>(MathTensor.class);
        doubtful.forEach((name, values) -> asked.put(name, (BitSet) values.clone()));
        missed.forEach((name, values) -> asked.computeIfAbsent(name, none -> new BitSet()).or(values));
        Map<MathTensor, Tensor> limits = limits(asked, Conditioning.RUNS);
        Map<MathTensor, BitSet> confirmed = within(1, doubtful, exact, limits);
        for (MathTensor name : doubtful.keySet()) {
            if (!doubtful.get(name).equals(confirmed.get(name))) {
                return new Answer(Map.of(), Optional.of(unconfirmed(name)));
            }
        }
        Map<MathTensor, KnownLimits> known = new EnumMap<>(MathTensor.class);
        missed.keySet().forEach(
                name -> known.put(name, KnownLimits.of(Objects.requireNonNull(limits.get(name)), expected(name))));
        return new Answer(known, Optional.of("what float32 can know was measured in " + Conditioning.RUNS
                + " runs, seed " + seed()));
    }

    /** The limits of these values by the first runs, in the rows that the fixture has. */
    private Map<MathTensor, Tensor> limits(Map<MathTensor, BitSet> values, int runs) {
        Map<MathTensor, BitSet> inWhole = new EnumMap<>(MathTensor.class);
        values.forEach((name, elements) -> inWhole.put(name, Kept.inWhole(golden.fixture(), name, elements)));
        TensorSet whole = measured().limits(inWhole, runs);
        Map<MathTensor, Tensor> limits = new EnumMap<>(MathTensor.class);
        values.keySet().forEach(name -> limits.put(name, Kept.rows(golden.fixture(), name, whole.get(name))));
        return limits;
    }

    private static String unconfirmed(MathTensor name) {
        return "all values are judged at the tolerance: exact arithmetic does not give the fixture's " + name.label()
                + ", so that what float32 can know of its values was not measured";
    }

    /** The fixture's floating tensors by exact arithmetic. */
    private Map<MathTensor, Tensor> exact() {
        TensorSet exact = measured().exact();
        Map<MathTensor, Tensor> judged = new EnumMap<>(MathTensor.class);
        for (MathTensor name : exact.names()) {
            golden.fixture().expected(name)
                    .filter(tensor -> Kept.whole(golden.fixture(), name, tensor).equals(exact.get(name).shape()))
                    .ifPresent(tensor -> judged.put(name, Kept.rows(golden.fixture(), name, exact.get(name))));
        }
        return judged;
    }

    /** The row-major numbers of the values beyond the tolerance, without those that are not finite: no limit excuses them. */
    private Map<MathTensor, BitSet> missed(Map<MathTensor, Tensor> found) {
        Map<MathTensor, BitSet> missed = new EnumMap<>(MathTensor.class);
        found.forEach((name, tensor) -> {
            if (name.kind() != DType.Kind.FLOATING) {
                return;
            }
            Tensor expected = expected(name);
            double[] actual = tensor.toDoubles();
            double[] right = expected.toDoubles();
            for (int i = 0; i < actual.length; i++) {
                if (Double.isFinite(actual[i]) && !tolerance.accepts(actual[i], right[i])
                        && !ties.ambiguous(name, expected).test(i)) {
                    missed.computeIfAbsent(name, none -> new BitSet()).set(i);
                }
            }
        });
        return missed;
    }

    /** The values that are off by at most this many times their limits. */
    private Map<MathTensor, BitSet> within(double times, Map<MathTensor, BitSet> values,
            Map<MathTensor, Tensor> found, Map<MathTensor, Tensor> limits) {
        Map<MathTensor, BitSet> within = new EnumMap<>(MathTensor.class);
        values.forEach((name, all) -> {
            Tensor actual = Objects.requireNonNull(found.get(name));
            Tensor expected = expected(name);
            Tensor limit = Objects.requireNonNull(limits.get(name));
            all.stream().filter(i -> Math.abs(actual.at(i) - expected.at(i)) <= times * limit.at(i))
                    .forEach(i -> within.computeIfAbsent(name, none -> new BitSet()).set(i));
        });
        return within;
    }

    private Tensor expected(MathTensor name) {
        return golden.fixture().expected(name).orElseThrow();
    }

    /** A seed of the case's name, so that each run has the same limits and the same verdict. */
    private long seed() {
        return golden.name().hashCode();
    }

    private Conditioning measured() {
        Conditioning known = conditioning;
        if (known == null) {
            known = measure();
            conditioning = known;
        }
        return known;
    }

    private Conditioning measure() {
        Fixture fixture = golden.fixture();
        FixtureRun run = new FixtureRun(fixture);
        List<Integer> rows = IntStream.range(0, fixture.pass().batchSize()).boxed().toList();
        if (golden.sidecar().isEmpty()) {
            return Conditioning.ofScan(fixture.config(), rows.stream().map(run::scanInput).toList(), seed());
        }
        return Conditioning.of(fixture.config(), golden.sidecar().get().layer(fixture.pass().layer()),
                rows.stream().map(run::initialState).toList(), rows.stream().map(run::input).toList(), seed());
    }
}
