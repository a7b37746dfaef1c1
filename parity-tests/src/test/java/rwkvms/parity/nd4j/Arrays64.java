package rwkvms.parity.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Conversions between tensors and float64 arrays, and functions of math.md that ND4J does not have. */
final class Arrays64 {
    private Arrays64() {
    }

    static INDArray of(Tensor tensor) {
        return of(tensor.toDoubles(), tensor.shape().dims());
    }

    static INDArray of(double[] values, long... dims) {
        return Nd4j.createFromArray(values).reshape('c', dims);
    }

    static INDArray zeros(long... dims) {
        return Nd4j.zeros(DataType.DOUBLE, dims);
    }

    /** All elements, row-major. */
    static double[] values(INDArray array) {
        return (array.ordering() == 'c' && !array.isView() ? array : array.dup('c')).data().asDouble();
    }

    static Tensor tensor(INDArray array, long... dims) {
        return Tensor.ofDoubles(Shape.of(dims), values(array));
    }

    /** Gives the memory of large arrays back at once: the collector sees only how small their Java objects are. */
    static void free(INDArray... arrays) {
        for (INDArray array : arrays) {
            if (array.closeable()) {
                array.close();
            }
        }
    }

    /** Each row divided by its norm, or by {@code eps} if the norm is smaller. */
    static INDArray normalizeRows(INDArray rows, double eps) {
        return rows.divColumnVector(Transforms.max(rows.norm2(true, 1), eps));
    }

    /** {@code ln(1 + e^z)} in a form that cannot overflow. */
    static INDArray softplus(INDArray z) {
        INDArray small = Transforms.exp(Transforms.abs(z).neg());
        return Transforms.max(z, 0.0).addi(Transforms.log(small.addi(1)));
    }
}
