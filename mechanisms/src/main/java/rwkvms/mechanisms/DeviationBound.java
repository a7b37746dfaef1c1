package rwkvms.mechanisms;

/**
 * The part of DLA's Theorem 3.1 that does not depend on the query:
 * {@code B = Σ_i √|C_i| · √(Σ_{t ∈ C_i} ‖u_t − mean_i‖²)} over the blocks C_i. Smaller is better.
 */
final class DeviationBound {
    private DeviationBound() {
    }

    static double of(double[][] tokens, Blocks blocks) {
        double bound = 0;
        for (int block = 0; block < blocks.count(); block++) {
            bound += ofBlock(tokens, blocks.start(block), blocks.end(block));
        }
        return bound;
    }

    private static double ofBlock(double[][] tokens, int start, int end) {
        double[] mean = new double[tokens[start].length];
        for (int t = start; t < end; t++) {
            mean = Vectors.plus(mean, 1.0 / (end - start), tokens[t]);
        }
        double squares = 0;
        for (int t = start; t < end; t++) {
            double[] off = Vectors.plus(tokens[t], -1, mean);
            squares += Vectors.dot(off, off);
        }
        return Math.sqrt(end - start) * Math.sqrt(squares);
    }
}
