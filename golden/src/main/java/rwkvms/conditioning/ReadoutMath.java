package rwkvms.conditioning;

import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/** Readout (math.md §5) of one token: {@code output · (GN(raw_reads) ⊙ feature_g)}. */
class ReadoutMath {
    private static final double EPS = 64e-5;

    private final int rank;
    private final double[] weight;
    private final WeightMap output;

    ReadoutMath(MemoryConfig config, LayerWeights weights) {
        this.rank = config.rank();
        this.weight = weights.lnXWeight().toDoubles();
        this.output = WeightMap.of(weights.output());
    }

    double[] reads(double[] rawReads, double[] g, Rounding rounding) {
        double[] gated = groupNorm(rawReads, rounding);
        for (int i = 0; i < gated.length; i++) {
            gated[i] = rounding.times(gated[i], g[i]);
        }
        return output.times(gated, rounding);
    }

    /** One group per head, biased variance, a weight and no bias. */
    double[] groupNorm(double[] x, Rounding rounding) {
        double[] normed = new double[x.length];
        for (int head = 0; head < x.length; head += rank) {
            double mean = rounding.of(rounding.sum(x, head, rank) / rank);
            for (int i = head; i < head + rank; i++) {
                normed[i] = rounding.plus(x[i], -mean);
            }
            double variance = rounding.of(rounding.dot(normed, head, normed, head, rank) / rank);
            double scale = rounding.of(1 / rounding.of(Math.sqrt(Math.max(0, rounding.plus(variance, EPS)))));
            for (int i = head; i < head + rank; i++) {
                normed[i] = rounding.times(rounding.times(normed[i], scale), weight[i]);
            }
        }
        return normed;
    }
}
