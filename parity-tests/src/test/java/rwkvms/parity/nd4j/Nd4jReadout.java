package rwkvms.parity.nd4j;

import java.util.EnumMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.Tensor;

/** Readout and deltas (math.md §5 and §6) of all tokens at once. */
final class Nd4jReadout {
    private static final double GROUP_NORM_EPS = 64e-5;

    private final MemoryConfig config;
    private final Weights64 weights;

    Nd4jReadout(MemoryConfig config, Weights64 weights) {
        this.config = config;
        this.weights = weights;
    }

    /** The reads [T, D] from raw_reads and feature_g. */
    INDArray reads(INDArray rawReads, INDArray g) {
        INDArray normed = groupNorm(rawReads).mulRowVector(weights.get(MemoryTensor.LN_X_WEIGHT));
        return normed.mul(g).mmul(weights.map(MemoryTensor.OUTPUT));
    }

    private INDArray groupNorm(INDArray rawReads) {
        int r = config.rank();
        INDArray groups = rawReads.reshape('c', -1, r);
        INDArray centred = groups.subColumnVector(groups.mean(true, 1));
        INDArray variance = centred.mul(centred).sum(true, 1).div(r);
        return centred.divColumnVector(Transforms.sqrt(variance.add(GROUP_NORM_EPS))).reshape('c', rawReads.shape());
    }

    Map<MathTensor, Tensor> deltas(INDArray reads) {
        double scale = config.deltaScale();
        Map<MathTensor, Tensor> deltas = new EnumMap<>(MathTensor.class);
        for (DeltaHead head : config.deltaHeads()) {
            INDArray delta = reads.mmul(weights.delta(head)).mul(scale);
            deltas.put(head.delta(),
                    Arrays64.tensor(delta, 1, delta.size(0), delta.size(1)));
        }
        return deltas;
    }
}
