package rwkvms.hypotheses;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** The settings of a run and the weights of its layer, row-major in double. Widened once, when first used. */
public final class Layer {
    private final MemoryConfig config;
    private final Map<MemoryTensor, Tensor> tensors = new EnumMap<>(MemoryTensor.class);
    private final Map<MemoryTensor, double[]> weights = new ConcurrentHashMap<>();

    private final Map<Projected, double[]> projections = new ConcurrentHashMap<>();

    /** A hidden state, and the weight that projects it. */
    private static final class Projected {
        private final MemoryTensor weight;
        private final double[] x;

        Projected(MemoryTensor weight, double[] x) {
            this.weight = weight;
            this.x = x;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Projected that && weight == that.weight && Arrays.equals(x, that.x);
        }

        @Override
        public int hashCode() {
            return 31 * weight.hashCode() + Arrays.hashCode(x);
        }
    }

    private Layer(MemoryConfig config) {
        this.config = config;
    }

    /** A layer whose weights stay readable as long as it is used. */
    public static Layer of(MemoryConfig config, LayerWeights weights) {
        Layer layer = new Layer(config);
        layer.tensors.putAll(weights.tensors());
        return layer;
    }

    MemoryConfig config() {
        return config;
    }

    /** Whether lambda has a projection of its own that the settings use. */
    boolean hasFreeLambda() {
        return tensors.containsKey(MemoryTensor.LAMBDA);
    }

    double[] weight(MemoryTensor name) {
        return weights.computeIfAbsent(name, wanted -> stored(wanted).toDoubles());
    }

    /** {@code W x} of a hidden state: most of the work of a run, and for nearly every mistake what it is for the rule. */
    double[] projected(MemoryTensor weight, double[] x) {
        return projections.computeIfAbsent(new Projected(weight, x), wanted -> Vectors.times(weight(weight), x))
                .clone();
    }

    /** The type that a weight is stored in. */
    DType dtype(MemoryTensor name) {
        return stored(name).dtype();
    }

    private Tensor stored(MemoryTensor name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(name.compactTail() + ": this layer has no such weight");
        }
        return tensor;
    }
}
