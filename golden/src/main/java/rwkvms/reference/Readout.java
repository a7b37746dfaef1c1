package rwkvms.reference;

import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/**
 * Readout (math.md §5): {@code reads = output · (GN(raw_reads) ⊙ feature_g)}, all [T, D]. The group norm has one group per
 * head, biased variance and no bias: {@code ln_x.bias} exists in every checkpoint and is not part of the math.
 */
final class Readout {
    private static final double GROUP_NORM_EPS = 64e-5;

    private final int rank;
    private final double[] weight;
    private final Linear output;

    Readout(MemoryConfig config, LayerWeights weights) {
        this.rank = config.rank();
        this.weight = weights.lnXWeight().toDoubles();
        this.output = Linear.of(weights.output());
    }

    /** A masked token's raw reads are zero, and so are its reads. */
    Block apply(Block rawReads, Block featureG) {
        Block reads = new Block(rawReads.tokens(), rawReads.width());
        for (int t = 0; t < rawReads.tokens(); t++) {
            double[] gated = groupNorm(rawReads.row(t));
            for (int i = 0; i < gated.length; i++) {
                gated[i] *= featureG.at(t, i);
            }
            reads.setRow(t, output.apply(gated), 0);
        }
        return reads;
    }

    private double[] groupNorm(double[] x) {
        double[] normed = new double[x.length];
        for (int head = 0; head < x.length; head += rank) {
            double mean = 0;
            for (int i = head; i < head + rank; i++) {
                mean += x[i] / rank;
            }
            double variance = 0;
            for (int i = head; i < head + rank; i++) {
                variance += (x[i] - mean) * (x[i] - mean) / rank;
            }
            double scale = 1 / Math.sqrt(variance + GROUP_NORM_EPS);
            for (int i = head; i < head + rank; i++) {
                normed[i] = (x[i] - mean) * scale * weight[i];
            }
        }
        return normed;
    }
}
