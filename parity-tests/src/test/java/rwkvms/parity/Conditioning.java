package rwkvms.parity;

import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import java.util.stream.IntStream;

import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Tensor;
import rwkvms.fixtures.TensorComparer;
import rwkvms.fixtures.Tolerance;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;

/**
 * Which random models can be judged at 1e-5 at all: those whose float64 result moves by less than half of the tolerance
 * when hidden states and state move by what a float32 runtime's rounding amounts to. A norm of almost nothing, or two
 * scores almost equal at the k-th place, would amplify the rounding of a perfect runtime.
 */
final class Conditioning {
    /** Four float32 roundings. */
    private static final double NUDGE = 0x1p-22;
    private static final double MARGIN = 0.5;
    private static final int MAX_DRAWS = 50;

    private Conditioning() {
    }

    /** The model, or the first one drawn after it that can be judged. */
    static RandomModel judgeable(RandomModel drawn) {
        RandomModel model = drawn;
        for (int draw = 0; draw < MAX_DRAWS; draw++) {
            if (isJudgeable(model)) {
                return model;
            }
            model = model.redrawn();
        }
        return fail("none of " + MAX_DRAWS + " models like " + drawn + " can be judged at 1e-5");
    }

    private static boolean isJudgeable(RandomModel model) {
        boolean[] judgeable = new boolean[1];
        model.withSidecar(sidecar -> {
            TensorSet exact = RandomRun.of(Runtimes.oracle(), sidecar, model.initial(), model.input());
            judgeable[0] = isJudgeable(model, sidecar, exact);
        });
        return judgeable[0];
    }

    /** Whether the oracle's result moves little enough with its inputs. */
    static boolean isJudgeable(RandomModel model, Sidecar sidecar, TensorSet exact) {
        TensorSet nudged = RandomRun.of(Runtimes.oracle(), sidecar, nudged(model.initial()), nudged(model.input()));
        return exact.names().stream().allMatch(name -> isClose(name, nudged, exact, model));
    }

    private static boolean isClose(MathTensor name, TensorSet nudged, TensorSet exact, RandomModel model) {
        TensorComparer comparer = new TensorComparer(tolerance(model, exact.get(name)));
        return comparer.compare(name, nudged.get(name), exact.get(name)).maxRatio() < MARGIN;
    }

    /**
     * The gate's own tolerance; where the state is large, 1e-5 of a tensor's largest value instead, because an element that
     * cancels keeps the error of the terms it is the sum of.
     */
    static Tolerance tolerance(RandomModel model, Tensor expected) {
        if (model.sizes().stateScale() <= 1 || !expected.dtype().isFloating()) {
            return Tolerance.DEFAULT;
        }
        double largest = 1;
        for (double value : expected.toDoubles()) {
            // scores that top-k masked are the most negative finite float, and say nothing about the others
            largest = value == -Float.MAX_VALUE ? largest : Math.max(largest, Math.abs(value));
        }
        return new Tolerance(Tolerance.DEFAULT.rtol(), Tolerance.DEFAULT.atol() * largest);
    }

    private static LayerState nudged(LayerState state) {
        return new LayerState(nudged(state.state()), state.position(), nudged(state.previousSource()));
    }

    private static ForwardInput nudged(ForwardInput input) {
        return new ForwardInput(nudged(input.hiddenStates()), input.mask(), input.legacyPredecessor(),
                input.readOnly(), input.taps());
    }

    private static Tensor nudged(Tensor tensor) {
        Random random = new Random(tensor.count());
        return Tensor.ofDoubles(tensor.shape(), IntStream.range(0, tensor.count())
                .mapToDouble(i -> tensor.at(i) * (1 + (random.nextBoolean() ? NUDGE : -NUDGE))).toArray());
    }
}
