package rwkvms.conditioning;

/** What becomes of a result that a float32 implementation rounds: itself, or itself and a little more or less. */
@FunctionalInterface
interface Rounding {
    /** In exact arithmetic. */
    Rounding NONE = (value, magnitude) -> value;
    /** Roundings that exp, tanh and a logarithm count for: a float32 library has an error of about one unit in the last place. */
    double FUNCTION = 2;

    /** The value, off by a part of this magnitude. */
    double off(double value, double magnitude);

    /** One that does not depend on what was rounded before, one for each number. */
    default Rounding ofItsOwn(long number) {
        return this;
    }

    /** A result of one operation. */
    default double of(double value) {
        return off(value, Math.abs(value));
    }

    /** A result of exp, tanh or a logarithm. */
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
