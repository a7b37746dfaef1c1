package rwkvms.parity.nd4j;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;
import rwkvms.math.DeltaHead;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;

/** The weights of a layer in float64, each converted at its first use. */
final class Weights64 {
    private final LayerWeights weights;
    private final Map<MemoryTensor, INDArray> arrays = new EnumMap<>(MemoryTensor.class);

    Weights64(LayerWeights weights) {
        this.weights = weights;
    }

    /** A weight in its PyTorch shape. */
    INDArray get(MemoryTensor name) {
        return arrays.computeIfAbsent(name,
                tensor -> Arrays64.of(Objects.requireNonNull(weights.find(tensor), tensor.compactTail())));
    }

    /** A projection {@code [out, in]} transposed, so that rows of inputs are multiplied from the left. */
    INDArray map(MemoryTensor name) {
        return get(name).transpose();
    }

    INDArray delta(DeltaHead head) {
        return map(MemoryTensor.valueOf("DELTA_" + head.name()));
    }
}
