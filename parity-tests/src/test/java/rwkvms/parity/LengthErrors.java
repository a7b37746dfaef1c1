package rwkvms.parity;

import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.parity.budget.Bound;
import rwkvms.parity.budget.ErrorBudget;
import rwkvms.parity.budget.Sums;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * How far runtimes are from the math in double after so many tokens of normal hidden states: a sidecar's first layer, from a
 * state of zero.
 */
public final class LengthErrors {
    private final MemoryConfig config;
    private final LayerWeights weights;
    private final int layer;
    private final LayerState initial;
    private final ForwardInput input;
    private final ErrorBudget truth;

    /**
     * What a run has of the tolerance.
     *
     * @param largest share of it that a value uses, 1 being the whole
     * @param over    values beyond it
     * @param values  all of them
     */
    public record Share(double largest, int over, int values) {
        static final Share NONE = new Share(0, 0, 0);

        Share and(Share other) {
            return new Share(Math.max(largest, other.largest), over + other.over, values + other.values);
        }
    }

    public LengthErrors(Sidecar sidecar, int tokens, double scale, long seed) {
        this.config = sidecar.config();
        this.layer = sidecar.layers().getFirst();
        this.weights = sidecar.layer(layer);
        this.initial = new LayerState(
                zeros(Shape.of(config.numStateHeads(), config.numStates(), config.rank(), config.rank())), 0,
                zeros(Shape.of(config.readDim())));
        this.input = ForwardInput.of(hidden(tokens, config.hiddenSize(), scale, new Random(seed)));
        this.truth = ErrorBudget.fromTheStart(config, weights, initial, input, Sums.CERTAIN);
    }

    private static Tensor zeros(Shape shape) {
        return Tensor.ofFloats(shape, new float[shape.count()]);
    }

    private static Tensor hidden(int tokens, int width, double scale, Random random) {
        float[] values = new float[tokens * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * scale);
        }
        return Tensor.ofFloats(Shape.of(tokens, width), values);
    }

    public TensorSet run(LoadedMemory memory) {
        try (MemorySession session = memory.newSession()) {
            session.setState(layer, initial);
            return session.forward(layer, input);
        }
    }

    /** From the hidden states to each tensor. */
    public Map<MathTensor, Share> fromTheStart(TensorSet run) {
        return shares(run, truth);
    }

    /** Of each stage alone: from what the run's own stages before it gave. */
    public Map<MathTensor, Share> ofEachStage(TensorSet run) {
        return shares(run, ErrorBudget.ofEachStage(config, weights, initial, input, Sums.CERTAIN, run));
    }

    /** Over all tensors, from the start. */
    public Share of(TensorSet run) {
        return fromTheStart(run).values().stream().reduce(Share.NONE, Share::and);
    }

    /** Of the floating tensors under their first names. */
    private static Map<MathTensor, Share> shares(TensorSet run, ErrorBudget exact) {
        Map<MathTensor, Share> shares = new EnumMap<>(MathTensor.class);
        for (MathTensor name : run.names()) {
            if (name.kind() == DType.Kind.FLOATING && !name.label().endsWith("_heads")
                    && name != MathTensor.MEMORY_V) {
                shares.put(name, share(run.get(name), exact.bounds(name)));
            }
        }
        return shares;
    }

    private static Share share(Tensor found, Bound[] exact) {
        double largest = 0;
        int over = 0;
        for (int i = 0; i < exact.length; i++) {
            double used = Math.abs(found.at(i) - exact[i].value()) / Tolerance.DEFAULT.limit(exact[i].value());
            largest = Math.max(largest, used);
            over += used > 1 ? 1 : 0;
        }
        return new Share(largest, over, exact.length);
    }
}
