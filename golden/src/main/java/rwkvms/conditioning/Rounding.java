package rwkvms.conditioning;

/** Rounds a result that a float32 implementation rounds: not at all, or by a little up or down. */
@FunctionalInterface
interface Rounding {
    /** Exact arithmetic. */
    Rounding NONE = (value, magnitude) -> value;
    /** The roundings that exp, tanh and a logarithm count as: a float32 library errs by about one unit in the last place. */
    double FUNCTION = 2;

    /** The value, changed by a part of this magnitude. */
    double off(double value, double magnitude);

    /** A rounding of its own for each number, independent of earlier results. */
    default Rounding ofItsOwn(long number) {
        return this;
    }

    /** Rounds the result of one operation. */
    default double of(double value) {
        return off(value, Math.abs(value));
    }

    /** Rounds the result of exp, tanh or a logarithm. */
    default double function(double value) {
        return off(value, FUNCTION * Math.abs(value));
    }

    /** {@code x + y}. */
    default double plus(double x, double y) {
        return of(x + y);
    }

    /** {@code x · y}. */
    default double times(double x, double y) {
        return of(x * y);
    }

    /**
     * {@code Σ x_i·y_i} of {@code count} values each. Every product and every partial sum is rounded; independent roundings of
     * these add up to the root of the sum of their squares.
     */
    default double dot(double[] x, int xFrom, double[] y, int yFrom, int count) {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double product = x[xFrom + i] * y[yFrom + i];
            sum += product;
            squares += product * product + sum * sum;
        }
        return off(sum, Math.sqrt(squares));
    }

    /** {@code Σ x_i}. */
    default double sum(double[] x, int from, int count) {
        double sum = 0;
        double squares = 0;
        for (int i = from; i < from + count; i++) {
            sum += x[i];
            squares += sum * sum;
        }
        return off(sum, Math.sqrt(squares));
    }
}
