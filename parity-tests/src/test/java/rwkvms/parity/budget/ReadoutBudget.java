package rwkvms.parity.budget;

import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/**
 * Readout (math.md §5): the group norm divides by at least √64e-5 = 0.0253, so it magnifies an error of small reads up to 40
 * times and passes relative errors of large ones on.
 */
final class ReadoutBudget {
    /** math.md §5. */
    private static final Bound EPS = new Bound(64e-5, 64e-5 * Float32.U);

    private final Float32 float32;
    private final int rank;
    private final Tensor weight;
    private final Matrix output;

    ReadoutBudget(Float32 float32, MemoryConfig config, LayerWeights weights) {
        this.float32 = float32;
        this.rank = config.rank();
        this.weight = weights.lnXWeight();
        this.output = Matrix.of(weights.output());
    }

    Bound[] reads(Bound[] rawReads, Bound[] g) {
        Bound[] gated = groupNorm(rawReads);
        for (int i = 0; i < gated.length; i++) {
            gated[i] = float32.times(float32.times(gated[i], Bound.exact(weight.at(i))), g[i]);
        }
        return output.times(gated, float32);
    }

    private Bound[] groupNorm(Bound[] x) {
        Bound[] normed = new Bound[x.length];
        Bound count = Bound.exact(rank);
        for (int head = 0; head < x.length; head += rank) {
            Bound mean = float32.over(float32.sum(Float32.slice(x, head, rank)), count);
            Bound[] centred = ProjectionBudget.map(Float32.slice(x, head, rank), each -> float32.minus(each, mean));
            Bound variance = float32.over(float32.dot(centred, centred), count);
            Bound deviation = float32.sqrt(float32.plus(variance, EPS));
            Bound scale = float32.over(Bound.ONE, deviation);
            for (int i = 0; i < rank; i++) {
                normed[head + i] = float32.times(centred[i], scale);
            }
        }
        return normed;
    }
}
