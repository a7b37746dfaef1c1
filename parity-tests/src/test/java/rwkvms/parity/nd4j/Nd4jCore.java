package rwkvms.parity.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.MemoryTensor;

/** RWKV-7 features (math.md §2) of all tokens at once, from the memory source and its predecessor, [T, D] each. */
final class Nd4jCore {
    private static final double KK_NORM_EPS = 1e-12;

    private final int rank;
    private final Weights64 weights;

    /** The tensors of §2, [T, D]; {@code w} is before the decay. */
    record Features(INDArray r, INDArray w, INDArray k, INDArray v, INDArray a, INDArray b, INDArray g) {
    }

    Nd4jCore(MemoryConfig config, Weights64 weights) {
        this.rank = config.rank();
        this.weights = weights;
    }

    Features features(INDArray x, INDArray before) {
        INDArray shift = before.sub(x);
        INDArray xr = x.add(shift.mulRowVector(weights.get(MemoryTensor.X_R)));
        INDArray xw = x.add(shift.mulRowVector(weights.get(MemoryTensor.X_W)));
        INDArray xk = x.add(shift.mulRowVector(weights.get(MemoryTensor.X_K)));
        INDArray xv = x.add(shift.mulRowVector(weights.get(MemoryTensor.X_V)));
        INDArray xa = x.add(shift.mulRowVector(weights.get(MemoryTensor.X_A)));
        INDArray xg = x.add(shift.mulRowVector(weights.get(MemoryTensor.X_G)));

        INDArray u = Transforms.tanh(xw.mmul(weights.get(MemoryTensor.W1))).mmul(weights.get(MemoryTensor.W2))
                .addRowVector(weights.get(MemoryTensor.W0));
        INDArray w = Arrays64.softplus(u.neg()).neg().sub(0.5);
        INDArray agate = Transforms.sigmoid(xa.mmul(weights.get(MemoryTensor.A1)).mmul(weights.get(MemoryTensor.A2))
                .addRowVector(weights.get(MemoryTensor.A0)));
        INDArray g = Transforms.sigmoid(xg.mmul(weights.get(MemoryTensor.G1))).mmul(weights.get(MemoryTensor.G2));

        INDArray k = xk.mmul(weights.map(MemoryTensor.KEY));
        INDArray kk = kk(k.mulRowVector(weights.get(MemoryTensor.K_K)));
        INDArray scaled = agate.sub(1).mulRowVector(weights.get(MemoryTensor.K_A));
        return new Features(xr.mmul(weights.map(MemoryTensor.RECEPTANCE)), w, k.mul(scaled.add(1)),
                xv.mmul(weights.map(MemoryTensor.VALUE)), kk.neg(), kk.mul(agate), g);
    }

    private INDArray kk(INDArray u) {
        return Arrays64.normalizeRows(u.reshape('c', -1, rank), KK_NORM_EPS).reshape('c', u.shape());
    }
}
