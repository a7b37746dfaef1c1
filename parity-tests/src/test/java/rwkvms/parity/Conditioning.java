package rwkvms.parity;

import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import java.util.stream.IntStream;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Tensor;

/**
 * Tells which random models can be judged at 1e-5. Hidden states and state are moved by as much as a float32 runtime rounds, in
 * several random directions; the result on the reference must move by less than a quarter of the tolerance. A norm close to
 * zero, or two almost equal scores at the k-th place, would amplify the rounding of a perfect runtime; one direction alone may
 * miss that.
 */
final class Conditioning {
    /** Four float32 roundings. */
    private static final double NUDGE = 0x1p-22;
    private static final double MARGIN = 0.25;
    private static final int DIRECTIONS = 6;
    /** As few as one model in thirty can be judged with long calls on middle-sized states, and none of some sizes. */
    private static final int DRAWS_PER_SIZE = 30;
    private static final int MAX_HALVINGS = 6;

    private Conditioning() {
    }

    /**
     * The model, or the first one drawn after it that can be judged. Errors grow from token to token and with the state: if no
     * model of a size can be judged, half as many tokens on half the state are tried.
     */
    static RandomModel judgeable(RandomModel drawn) {
        RandomModel model = drawn;
        for (int halvings = 0; halvings <= MAX_HALVINGS; halvings++) {
            for (int draw = 0; draw < DRAWS_PER_SIZE; draw++) {
                if (isJudgeable(model)) {
                    return model;
                }
                model = model.redrawn();
            }
            model = model.halved();
        }
        return fail("no model like " + drawn + " can be judged at 1e-5, however small");
    }

    static boolean isJudgeable(RandomModel model) {
        boolean[] judgeable = new boolean[1];
        model.withSidecar(sidecar -> judgeable[0] = isJudgeable(model, sidecar));
        return judgeable[0];
    }

    static boolean isJudgeable(RandomModel model, Sidecar sidecar) {
        MemoryRuntime reference = ParityRuntimes.named(ReferenceRuntime.NAME);
        TensorSet still = RandomModel.run(reference, sidecar, model.initial(), model.input());
        for (int direction = 0; direction < DIRECTIONS; direction++) {
            Random random = new Random(direction);
            TensorSet nudged = RandomModel.run(reference, sidecar, nudged(model.initial(), random),
                    nudged(model.input(), random));
            if (!still.names().stream().allMatch(name -> isClose(name, nudged, still, model))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isClose(MathTensor name, TensorSet nudged, TensorSet exact, RandomModel model) {
        return compare(model, name, nudged, exact).maxRatio() < MARGIN;
    }

    /** One tensor of two runs, compared at the tolerance of the model. */
    static TensorComparison compare(RandomModel model, MathTensor name, TensorSet actual, TensorSet expected) {
        return new TensorComparer(tolerance(model, expected.get(name))).compare(name, actual.get(name),
                expected.get(name));
    }

    /**
     * The gate's own tolerance, or 1e-5 of a tensor's largest value if the state is large, because an element that cancels keeps
     * the error of its terms.
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

    private static LayerState nudged(LayerState state, Random random) {
        return new LayerState(nudged(state.state(), random), state.position(),
                nudged(state.previousSource(), random));
    }

    private static ForwardInput nudged(ForwardInput input, Random random) {
        return new ForwardInput(nudged(input.hiddenStates(), random), input.mask(), input.legacyPredecessor(),
                input.readOnly(), input.taps());
    }

    /** Rounded to float32, as every runtime takes it. */
    private static Tensor nudged(Tensor tensor, Random random) {
        return Tensor.ofRounded(tensor.shape(), IntStream.range(0, tensor.count())
                .mapToDouble(i -> tensor.at(i) * (1 + (random.nextBoolean() ? NUDGE : -NUDGE))).toArray());
    }
}
