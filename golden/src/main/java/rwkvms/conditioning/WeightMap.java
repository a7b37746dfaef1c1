package rwkvms.conditioning;

import java.util.Arrays;
import rwkvms.tensor.Tensor;

/** A weight with one row per output. */
final class WeightMap {
    private final int inputs;
    private final int outputs;
    private final double[] rows;

    private WeightMap(int inputs, int outputs, double[] rows) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.rows = rows;
    }

    /** {@code W[out, in]}, applied as {@code W x}. */
    static WeightMap of(Tensor weight) {
        return new WeightMap(weight.shape().dim(1), weight.shape().dim(0), weight.toDoubles());
    }

    /** {@code M[in, out]}, applied from the right as {@code x M}. */
    static WeightMap fromRight(Tensor weight) {
        int inputs = weight.shape().dim(0);
        int outputs = weight.shape().dim(1);
        double[] rows = new double[inputs * outputs];
        for (int at = 0; at < rows.length; at++) {
            rows[at] = weight.at(at % inputs * outputs + at / inputs);
        }
        return new WeightMap(inputs, outputs, rows);
    }

    int outputs() {
        return outputs;
    }

    double[] times(double[] x, Rounding rounding) {
        double[] y = new double[outputs];
        Arrays.setAll(y, output -> times(output, x, rounding));
        return y;
    }

    double times(int output, double[] x, Rounding rounding) {
        return rounding.dot(rows, output * inputs, x, 0, inputs);
    }
}
