package rwkvms.parity.budget;

import rwkvms.tensor.Tensor;

/** A weight, exact in double, by rows of what it is applied to. */
final class Matrix {
    private final Bound[][] rows;

    private Matrix(Bound[][] rows) {
        this.rows = rows;
    }

    /** {@code W[out, in]}, applied as {@code W x}. */
    static Matrix of(Tensor weight) {
        int outputs = weight.shape().dim(0);
        int inputs = weight.shape().dim(1);
        Bound[][] rows = new Bound[outputs][inputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                rows[o][i] = Bound.exact(weight.at(o * inputs + i));
            }
        }
        return new Matrix(rows);
    }

    /** {@code M[in, out]}, applied from the right as {@code x M}. */
    static Matrix fromRight(Tensor weight) {
        int inputs = weight.shape().dim(0);
        int outputs = weight.shape().dim(1);
        Bound[][] rows = new Bound[outputs][inputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                rows[o][i] = Bound.exact(weight.at(i * outputs + o));
            }
        }
        return new Matrix(rows);
    }

    Bound[] times(Bound[] x, Float32 float32) {
        Bound[] y = new Bound[rows.length];
        for (int o = 0; o < rows.length; o++) {
            y[o] = float32.dot(rows[o], x);
        }
        return y;
    }
}
