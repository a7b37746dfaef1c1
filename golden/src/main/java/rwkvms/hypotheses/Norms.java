package rwkvms.hypotheses;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/** Norms as they are not meant. */
final class Norms {
    private Norms() {
    }

    /** {@code u / (‖u‖₂ + eps)} of each group. */
    static double[] added(double[] u, int width, double eps) {
        double[] out = new double[u.length];
        Arrays.setAll(out, i -> u[i] / (Vectors.norm(u, i - i % width, width) + eps));
        return out;
    }

    /** {@code u / √(Σ u² + eps)} of each group. */
    static double[] underTheRoot(double[] u, int width, double eps) {
        double[] out = new double[u.length];
        Arrays.setAll(out, i -> u[i] / Math.sqrt(Vectors.dot(u, i - i % width, u, i - i % width, width) + eps));
        return out;
    }

    static double[] product(double[] x, double[] y) {
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> x[i] * y[i]);
        return out;
    }

    static double[] sum(double[] x, double[] y) {
        double[] out = new double[x.length];
        Arrays.setAll(out, i -> x[i] + y[i]);
        return out;
    }

    /** A group norm, centred or not, that divides by something else made of the biased variance and the group's width. */
    static double[] groupNorm(double[] x, int width, double[] weight, boolean centred, DoubleBinaryOperator divisor) {
        double[] out = new double[x.length];
        for (int group = 0; group < x.length; group += width) {
            double mean = centred ? Arrays.stream(x, group, group + width).sum() / width : 0;
            double variance = 0;
            for (int i = group; i < group + width; i++) {
                variance += (x[i] - mean) * (x[i] - mean) / width;
            }
            double by = divisor.applyAsDouble(variance, width);
            for (int i = group; i < group + width; i++) {
                out[i] = (x[i] - mean) / by * weight[i];
            }
        }
        return out;
    }
}
