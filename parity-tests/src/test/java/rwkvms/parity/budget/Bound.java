package rwkvms.parity.budget;

/**
 * A value of the math, in double, and how far from it a float32 evaluation may lie.
 *
 * @param error 0 for what is given, infinite for what no bound is known of
 */
public record Bound(double value, double error) {
    static final Bound ZERO = exact(0);
    static final Bound ONE = exact(1);

    public Bound {
        // 0 times an infinite error
        error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    static Bound exact(double value) {
        return new Bound(value, 0);
    }

    static Bound[] exact(double... values) {
        Bound[] bounds = new Bound[values.length];
        for (int i = 0; i < values.length; i++) {
            bounds[i] = exact(values[i]);
        }
        return bounds;
    }

    /** Largest magnitude that an evaluation may have. */
    double largest() {
        return Math.abs(value) + error;
    }

    Bound negated() {
        return new Bound(-value, error);
    }
}
