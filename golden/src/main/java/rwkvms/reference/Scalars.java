package rwkvms.reference;

/** The scalar functions of math.md, in double. */
final class Scalars {
    /** PyTorch's softplus returns its argument itself above this. */
    private static final double SOFTPLUS_THRESHOLD = 20;

    private Scalars() {
    }

    /** {@code 1 / (1 + e^−z)}. */
    static double sigmoid(double z) {
        return 1 / (1 + Math.exp(-z));
    }

    /** {@code ln(1 + e^z)}, and {@code z} above the threshold, where the two differ by less than 3e-9. */
    static double softplus(double z) {
        return z > SOFTPLUS_THRESHOLD ? z : Math.log1p(Math.exp(z));
    }

    /** {@code ‖u‖₂} of {@code count} values from {@code first}. */
    static double norm(double[] u, int first, int count) {
        double squares = 0;
        for (int i = first; i < first + count; i++) {
            squares += u[i] * u[i];
        }
        return Math.sqrt(squares);
    }

    /** Divides each head of width {@code rank} by its norm, or by {@code eps} if the norm is smaller. */
    static void normalizeHeads(double[] u, int rank, double eps) {
        for (int head = 0; head < u.length; head += rank) {
            double scale = Math.max(norm(u, head, rank), eps);
            for (int i = head; i < head + rank; i++) {
                u[i] /= scale;
            }
        }
    }
}
