package rwkvms.parity.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.MemoryTensor;

/** Memory projections (math.md §1, semantics.md) of all tokens at once, from hidden states [T, H]. */
final class Nd4jProjections {
    private static final double QK_NORM_EPS = 1e-6;

    private final MemoryConfig config;
    private final Weights64 weights;
    private final INDArray memQ;
    private final INDArray memK;
    private final INDArray memV;

    /** q, k and source [T, D], beta and lambda [T, G]. */
    record Values(INDArray q, INDArray k, INDArray source, INDArray beta, INDArray lambda) {
    }

    Nd4jProjections(MemoryConfig config, Weights64 weights) {
        this.config = config;
        this.weights = weights;
        this.memQ = weights.map(MemoryTensor.MEM_Q);
        this.memK = weights.map(MemoryTensor.MEM_K);
        this.memV = weights.map(MemoryTensor.MEM_V);
    }

    Values of(INDArray hidden) {
        INDArray beta = gate(hidden, weights.map(MemoryTensor.BETA), weights.get(MemoryTensor.BETA_B));
        INDArray lambda = lambda(hidden, beta);
        INDArray v = hidden.mmul(memV);
        if (config.semanticsVersion() == 2) {
            INDArray source = bounded(v);
            return new Values(source, source, source, beta, lambda);
        }
        INDArray q = hidden.mmul(memQ);
        INDArray k = hidden.mmul(memK);
        boolean bound = config.normalizeQk();
        return new Values(bound ? bounded(q) : q, bound ? bounded(k) : k, v, beta, lambda);
    }

    private INDArray lambda(INDArray hidden, INDArray beta) {
        if (config.updateMode() == UpdateMode.NO_LAMBDA) {
            return beta.mul(0).add(1);
        }
        if (config.coupleLambda()) {
            return beta.rsub(1);
        }
        return gate(hidden, weights.map(MemoryTensor.LAMBDA),
                weights.get(MemoryTensor.LAMBDA_B));
    }

    private static INDArray gate(INDArray hidden, INDArray weight, INDArray bias) {
        return Transforms.sigmoid(hidden.mmul(weight).addRowVector(bias));
    }

    private INDArray bounded(INDArray raw) {
        INDArray heads = Transforms.tanh(raw).reshape('c', -1, config.rank());
        return Arrays64.normalizeRows(heads, QK_NORM_EPS).reshape('c', raw.shape());
    }
}
