package rwkvms.parity.budget;

/**
 * Arithmetic on values with bounds: each operation gives the exact result of the exact values, and bounds what float32 makes
 * of operands that lie anywhere within theirs.
 */
final class Float32 {
    /** Unit roundoff: the largest relative error of rounding to nearest. */
    static final double U = 0x1p-24;
    /** What is lost where results below the smallest normal number become zero. */
    static final double TINY = 0x1p-126;
    /**
     * Roundings a library's exp, tanh or logarithm counts for: two units in the last place, which no library in use (glibc,
     * SLEEF as in PyTorch, ggml's own exp) exceeds.
     */
    static final double FUNCTION = 4;
    /** PyTorch's softplus returns its argument itself above this. */
    private static final double SOFTPLUS_THRESHOLD = 20;

    private final Sums sums;

    Float32(Sums sums) {
        this.sums = sums;
    }

    /** A result of so many roundings. */
    static Bound rounded(double value, double error, double roundings) {
        return new Bound(value, error + roundings * U * (Math.abs(value) + error) + TINY);
    }

    Bound plus(Bound a, Bound b) {
        return rounded(a.value() + b.value(), a.error() + b.error(), 1);
    }

    Bound minus(Bound a, Bound b) {
        return plus(a, b.negated());
    }

    Bound times(Bound a, Bound b) {
        Bound product = product(a, b);
        return rounded(product.value(), product.error(), 1);
    }

    /** {@code a·b} before it is rounded. */
    private static Bound product(Bound a, Bound b) {
        return new Bound(a.value() * b.value(), Math.abs(a.value()) * b.error() + Math.abs(b.value()) * a.error()
                + a.error() * b.error());
    }

    /** {@code a/b}; without a bound where b may be 0. */
    Bound over(Bound a, Bound b) {
        double smallest = Math.abs(b.value()) - b.error();
        double error = smallest > 0
                ? (Math.abs(a.value()) * b.error() + Math.abs(b.value()) * a.error())
                        / (Math.abs(b.value()) * smallest)
                : Double.POSITIVE_INFINITY;
        return rounded(a.value() / b.value(), error, 1);
    }

    Bound sqrt(Bound a) {
        double smallest = a.value() - a.error();
        double root = Math.sqrt(a.value());
        // √x − √(x − e), or where x − e is negative no more than √(x + e)
        double error = smallest > 0 ? a.error() / (root + Math.sqrt(smallest)) : Math.sqrt(a.largest());
        return rounded(root, a.error() == 0 ? 0 : error, 1);
    }

    /** The larger one: no further from its value than the operands are from theirs. */
    static Bound max(Bound a, double floor) {
        return new Bound(Math.max(a.value(), floor), a.error());
    }

    /** {@code Σ x_i·y_i} in any order. */
    Bound dot(Bound[] x, Bound[] y) {
        Bound[] terms = new Bound[x.length];
        for (int i = 0; i < terms.length; i++) {
            terms[i] = product(x[i], y[i]);
        }
        return sum(terms);
    }

    /** {@code Σ t_i} in any order. */
    Bound sum(Bound[] terms) {
        double value = 0;
        double error = 0;
        for (Bound term : terms) {
            value += term.value();
            error += term.error();
        }
        return new Bound(value, error + sums.error(terms) + terms.length * TINY);
    }

    Bound exp(Bound a) {
        double value = StrictMath.exp(a.value());
        return rounded(value, value * StrictMath.expm1(a.error()), FUNCTION);
    }

    /** Its slope 1 − tanh² is largest where the argument is nearest to 0. */
    Bound tanh(Bound a) {
        double nearest = StrictMath.tanh(Math.max(0, Math.abs(a.value()) - a.error()));
        return rounded(StrictMath.tanh(a.value()), (1 - nearest * nearest) * a.error(), FUNCTION);
    }

    /** {@code 1 / (1 + e^−z)}: exp, a sum and a quotient; the slope σ(1 − σ) is largest nearest to 0. */
    Bound sigmoid(Bound z) {
        double nearest = sigmoid(Math.max(0, Math.abs(z.value()) - z.error()));
        return rounded(sigmoid(z.value()), nearest * (1 - nearest) * z.error(), FUNCTION + 2);
    }

    private static double sigmoid(double z) {
        return 1 / (1 + StrictMath.exp(-z));
    }

    /**
     * {@code ln(1 + e^z)}, or z above the threshold. The slope is at most σ(z + e). Where 1 + e^z is rounded before the
     * logarithm, an error of u remains however small the result; an evaluation may take the other branch than the exact one
     * where z is near the threshold.
     */
    Bound softplus(Bound z) {
        double value = z.value() > SOFTPLUS_THRESHOLD ? z.value() : StrictMath.log1p(StrictMath.exp(z.value()));
        double error = z.error() * sigmoid(z.value() + z.error()) + U;
        double branches = Math.abs(z.value() - SOFTPLUS_THRESHOLD) <= z.error()
                ? StrictMath.exp(z.error() - z.value())
                : 0;
        return rounded(value, error + branches, 2 * FUNCTION);
    }

    /** Each head of width {@code rank} divided by its norm, or by {@code floor} where that is larger. */
    Bound[] normalized(Bound[] u, int rank, double floor) {
        Bound[] out = new Bound[u.length];
        for (int head = 0; head < u.length; head += rank) {
            Bound norm = max(norm(slice(u, head, rank)), floor);
            for (int i = head; i < head + rank; i++) {
                out[i] = over(u[i], norm);
            }
        }
        return out;
    }

    Bound norm(Bound[] u) {
        return sqrt(dot(u, u));
    }

    static Bound[] slice(Bound[] of, int first, int count) {
        Bound[] part = new Bound[count];
        System.arraycopy(of, first, part, 0, count);
        return part;
    }
}
