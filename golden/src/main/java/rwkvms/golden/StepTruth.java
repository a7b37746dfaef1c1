package rwkvms.golden;

import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * What exact arithmetic gives in one step of one batch row, [1, t, …], and what float32 can know of it; the state in the end is
 * {@code state_after} of one token.
 */
record StepTruth(Map<MathTensor, Tensor> expected, Conditioning conditioning) {
    static StepTruth of(Fixture fixture, TrueStates states, int row, Steps.Step step) {
        Conditioning conditioning = states.step(row, step);
        TensorSet exact = conditioning.exact();
        Map<MathTensor, Tensor> expected = new EnumMap<>(MathTensor.class);
        for (MathTensor name : exact.names()) {
            if (name.hasTokens() && !name.inStepTrace()) {
                expected.put(name, exact.get(name));
            }
        }
        Tensor state = exact.get(MathTensor.FINAL_STATE);
        expected.put(MathTensor.STATE_AFTER, state.reshape(state.shape().prepend(1)));
        expected.put(MathTensor.POSITIONS_AFTER,
                Tensor.ofLongs(Shape.of(1, 1), states.position(row, step.to())));
        fixture.expected(MathTensor.SLOT_INDICES).filter(all -> fixture.kept(MathTensor.SLOT_INDICES).isEmpty())
                .ifPresent(all -> expected.put(MathTensor.SLOT_INDICES,
                        all.rows(row, row + 1).reshape(all.shape().withoutFirst()).rows(step.from(), step.to())
                                .reshape(Shape.of(1, step.tokens()))));
        return new StepTruth(expected, conditioning);
    }

    Tensor of(MathTensor name) {
        return Objects.requireNonNull(expected.get(name));
    }

    /** The values of a tensor that differ from the truth by more than the tolerance, of the tokens that are judged. */
    BitSet missed(MathTensor name, Tensor found, Tolerance tolerance, BitSet ambiguous) {
        Tensor truth = of(name);
        int perToken = truth.count() / truth.shape().dim(1);
        double[] right = truth.toDoubles();
        double[] actual = found.toDoubles();
        BitSet missed = new BitSet();
        for (int i = 0; i < right.length; i++) {
            boolean differs = name.kind() == DType.Kind.FLOATING
                    ? !tolerance.accepts(actual[i], right[i])
                    : found.longAt(i) != truth.longAt(i);
            if (differs && !ambiguous.get(i / perToken)) {
                missed.set(i);
            }
        }
        return missed;
    }

    /** What float32 can know of these floating values, in as many runs as it takes to see whether they are within it. */
    Map<MathTensor, Tensor> limits(Map<MathTensor, BitSet> missed, Map<MathTensor, Tensor> found) {
        Map<MathTensor, Tensor> first = limits(missed, Conditioning.FIRST_RUNS);
        return within(missed, found, first, Conditioning.HOPELESS) ? limits(missed, Conditioning.RUNS) : first;
    }

    private Map<MathTensor, Tensor> limits(Map<MathTensor, BitSet> missed, int runs) {
        Map<MathTensor, BitSet> asked = new EnumMap<>(MathTensor.class);
        missed.forEach((name, values) -> asked.put(inRun(name), values));
        TensorSet limits = conditioning.limits(asked, runs);
        Map<MathTensor, Tensor> named = new EnumMap<>(MathTensor.class);
        missed.keySet().forEach(name -> named.put(name, limits.get(inRun(name)).reshape(of(name).shape())));
        return named;
    }

    private static MathTensor inRun(MathTensor name) {
        return name == MathTensor.STATE_AFTER ? MathTensor.FINAL_STATE : name;
    }

    /** Whether all of the values are no further from the truth than so many times their limits. */
    boolean within(Map<MathTensor, BitSet> values, Map<MathTensor, Tensor> found, Map<MathTensor, Tensor> limits,
            double times) {
        return values.entrySet().stream().allMatch(each -> {
            MathTensor name = each.getKey();
            Tensor actual = Objects.requireNonNull(found.get(name));
            Tensor limit = Objects.requireNonNull(limits.get(name));
            return each.getValue().stream()
                    .allMatch(i -> Math.abs(actual.at(i) - of(name).at(i)) <= times * limit.at(i));
        });
    }
}
