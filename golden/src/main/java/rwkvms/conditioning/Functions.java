package rwkvms.conditioning;

/** The scalar functions of math.md. */
final class Functions {
    /** PyTorch's softplus returns its argument itself above this. */
    private static final double SOFTPLUS_THRESHOLD = 20;

    private Functions() {
    }

    /** {@code 1 / (1 + e^−z)}. */
    static double sigmoid(double z, Rounding rounding) {
        double sum = rounding.plus(1, rounding.function(Math.exp(-z)));
        return rounding.of(1 / sum);
    }

    /** {@code ln(1 + e^z)}, and {@code z} above the threshold. */
    static double softplus(double z, Rounding rounding) {
        if (z > SOFTPLUS_THRESHOLD) {
            return z;
        }
        double exp = rounding.function(Math.exp(z));
        return rounding.function(Math.log1p(rounding.off(exp, 1 + exp)));
    }
}
