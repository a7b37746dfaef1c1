package rwkvms.reference;

import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Float32 rows, one per token, in which a stage hands a named tensor to the next. */
final class Block {
    private final int tokens;
    private final int width;
    private final float[] values;

    Block(int tokens, int width) {
        this(tokens, width, new float[Math.multiplyExact(tokens, width)]);
    }

    private Block(int tokens, int width, float[] values) {
        this.tokens = tokens;
        this.width = width;
        this.values = values;
    }

    /** A copy of a tensor whose first axis is the token. */
    static Block of(Tensor tensor) {
        int tokens = tensor.shape().dim(0);
        return new Block(tokens, tokens == 0 ? 0 : tensor.count() / tokens, tensor.toFloats());
    }

    int tokens() {
        return tokens;
    }

    int width() {
        return width;
    }

    float at(int token, int i) {
        return values[token * width + i];
    }

    void set(int token, int i, double value) {
        values[token * width + i] = (float) value;
    }

    double[] row(int token) {
        double[] row = new double[width];
        for (int i = 0; i < width; i++) {
            row[i] = values[token * width + i];
        }
        return row;
    }

    /** Stores {@code width} values from {@code first}, each rounded to float32. */
    void setRow(int token, double[] from, int first) {
        for (int i = 0; i < width; i++) {
            values[token * width + i] = (float) from[first + i];
        }
    }

    /** The values under [1, tokens, …dims]. */
    Tensor tensor(long... dims) {
        return Tensor.ofFloats(Shape.of(dims).prepend(tokens).prepend(1), values);
    }
}
