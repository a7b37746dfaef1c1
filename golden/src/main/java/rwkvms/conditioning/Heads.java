package rwkvms.conditioning;

/** Operations on single heads of width r. */
final class Heads {
    private Heads() {
    }

    /** {@code u / max(‖u‖₂, floor)} of each head. */
    static double[] normalized(double[] u, int rank, double floor, Rounding rounding) {
        double[] out = new double[u.length];
        for (int head = 0; head < u.length; head += rank) {
            double norm = Math.max(norm(u, head, rank, rounding), floor);
            for (int i = head; i < head + rank; i++) {
                out[i] = rounding.of(u[i] / norm);
            }
        }
        return out;
    }

    /** {@code ‖u‖₂} of one head. */
    static double norm(double[] u, int from, int rank, Rounding rounding) {
        return rounding.of(Math.sqrt(Math.max(0, rounding.dot(u, from, u, from, rank))));
    }
}
