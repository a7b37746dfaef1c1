package rwkvms.hypotheses;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** The operations of math.md on rows of numbers. */
final class Vectors {
    private Vectors() {
    }

    static double dot(double[] x, int xFrom, double[] y, int yFrom, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += x[xFrom + i] * y[yFrom + i];
        }
        return sum;
    }

    /** {@code W x} for a weight [out, in]. */
    static double[] times(double[] weight, double[] x) {
        double[] y = new double[weight.length / x.length];
        for (int out = 0; out < y.length; out++) {
            y[out] = dot(weight, out * x.length, x, 0, x.length);
        }
        return y;
    }

    /** {@code x M} for a weight [in, out]. */
    static double[] fromRight(double[] x, double[] weight) {
        int outputs = weight.length / x.length;
        double[] y = new double[outputs];
        for (int i = 0; i < x.length; i++) {
            for (int out = 0; out < outputs; out++) {
                y[out] += x[i] * weight[i * outputs + out];
            }
        }
        return y;
    }

    static double[] each(double[] x, DoubleUnaryOperator function) {
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = function.applyAsDouble(x[i]);
        }
        return out;
    }

    static double norm(double[] x, int from, int count) {
        return Math.sqrt(dot(x, from, x, from, count));
    }

    /** {@code u / max(‖u‖₂, floor)} of each group of so many numbers. */
    static double[] unit(double[] u, int width, double floor) {
        double[] out = new double[u.length];
        for (int group = 0; group < u.length; group += width) {
            double norm = Math.max(norm(u, group, width), floor);
            for (int i = group; i < group + width; i++) {
                out[i] = u[i] / norm;
            }
        }
        return out;
    }

    /** {@code u = tanh(raw)}, each group to norm 1. */
    static double[] bounded(double[] raw, int width, double floor) {
        return unit(each(raw, Math::tanh), width, floor);
    }

    static double sigmoid(double z) {
        return 1 / (1 + Math.exp(-z));
    }

    /** {@code ln(1 + e^z)}, and {@code z} above the threshold. */
    static double softplus(double z, double threshold) {
        return z > threshold ? z : Math.log1p(Math.exp(z));
    }

    /** Group norm with a weight and no bias: biased variance, and eps beside it. */
    static double[] groupNorm(double[] x, int width, double eps, double[] weight) {
        double[] out = new double[x.length];
        for (int group = 0; group < x.length; group += width) {
            double mean = Arrays.stream(x, group, group + width).sum() / width;
            double variance = 0;
            for (int i = group; i < group + width; i++) {
                out[i] = x[i] - mean;
                variance += out[i] * out[i] / width;
            }
            for (int i = group; i < group + width; i++) {
                out[i] = out[i] / Math.sqrt(variance + eps) * weight[i];
            }
        }
        return out;
    }

    /** A square matrix, or several one after the other, with rows and columns exchanged. */
    static double[] transposed(double[] matrices, int width) {
        double[] out = new double[matrices.length];
        for (int at = 0; at < out.length; at++) {
            int first = at - at % (width * width);
            out[at] = matrices[first + at % width * width + at / width % width];
        }
        return out;
    }

    /** Each value as float32 holds it. */
    static double[] stored(double[] x) {
        double[] out = new double[x.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) x[i];
        }
        return out;
    }

    static double[] zeros(double[] x) {
        return new double[x.length];
    }

    static double[] ones(double[] x) {
        return each(x, value -> 1);
    }
}
