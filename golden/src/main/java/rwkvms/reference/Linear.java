package rwkvms.reference;

import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * {@code y = W x} for one or several weights {@code W[out, in]} that share their input, stacked by rows.
 *
 * <p>A product of two float32 is exact in double. The sum runs over ascending input index in double, so its error is at
 * most {@code in · 2⁻⁵³ · Σ|W x|}: below 3e-13 relative to that sum for 2560 inputs. Weights are held by input index, so
 * that the inner loop runs over outputs, whose sums are independent of each other.
 */
final class Linear {
    /** Inputs added per pass over the outputs; the order of the sum is the same for any value. */
    private static final int UNROLL = 8;

    private final int outputs;
    private final double[][] byInput;

    private Linear(int outputs, double[][] byInput) {
        this.outputs = outputs;
        this.byInput = byInput;
    }

    /** Weights in PyTorch's {@code [out, in]} order, applied as {@code W x}. */
    static Linear of(Tensor... weights) {
        int inputs = weights[0].shape().dim(1);
        int outputs = 0;
        for (Tensor weight : weights) {
            outputs += weight.shape().dim(0);
        }
        double[][] byInput = new double[inputs][outputs];
        int first = 0;
        for (Tensor weight : weights) {
            float[] values = weight.toFloats();
            int rows = weight.shape().dim(0);
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < inputs; i++) {
                    byInput[i][first + row] = values[row * inputs + i];
                }
            }
            first += rows;
        }
        return new Linear(outputs, byInput);
    }

    /** A weight {@code M[in, out]} that is applied from the right, {@code x M}. */
    static Linear fromRight(Tensor weight) {
        Shape shape = weight.shape();
        float[] values = weight.toFloats();
        double[][] byInput = new double[shape.dim(0)][shape.dim(1)];
        for (int i = 0; i < shape.dim(0); i++) {
            for (int o = 0; o < shape.dim(1); o++) {
                byInput[i][o] = values[i * shape.dim(1) + o];
            }
        }
        return new Linear(shape.dim(1), byInput);
    }

    int outputs() {
        return outputs;
    }

    double[] apply(double[] x) {
        double[] y = new double[outputs];
        int i = 0;
        for (; i + UNROLL <= x.length; i += UNROLL) {
            addEight(y, i, x);
        }
        for (; i < x.length; i++) {
            double[] w = byInput[i];
            double xi = x[i];
            for (int o = 0; o < outputs; o++) {
                y[o] += w[o] * xi;
            }
        }
        return y;
    }

    private void addEight(double[] y, int i, double[] x) {
        double[] w0 = byInput[i];
        double[] w1 = byInput[i + 1];
        double[] w2 = byInput[i + 2];
        double[] w3 = byInput[i + 3];
        double[] w4 = byInput[i + 4];
        double[] w5 = byInput[i + 5];
        double[] w6 = byInput[i + 6];
        double[] w7 = byInput[i + 7];
        double x0 = x[i];
        double x1 = x[i + 1];
        double x2 = x[i + 2];
        double x3 = x[i + 3];
        double x4 = x[i + 4];
        double x5 = x[i + 5];
        double x6 = x[i + 6];
        double x7 = x[i + 7];
        for (int o = 0; o < y.length; o++) {
            y[o] = y[o] + w0[o] * x0 + w1[o] * x1 + w2[o] * x2 + w3[o] * x3 + w4[o] * x4 + w5[o] * x5 + w6[o] * x6
                    + w7[o] * x7;
        }
    }
}
