package rwkvms.parity.budget;

/** What the roundings of a sum of products may add up to, apart from errors that its terms had before. */
public enum Sums {
    /**
     * For certain, in any order, fused or not: each term passes through at most n roundings, so the error is at most {@code
     * γ_n Σ|t|} with {@code γ_n = n·u / (1 − n·u)}.
     */
    CERTAIN("certain") {
        @Override
        double error(Bound[] terms) {
            double magnitudes = 0;
            for (Bound term : terms) {
                magnitudes += term.largest();
            }
            double nu = terms.length * Float32.U;
            return magnitudes == 0 ? 0 : nu / (1 - nu) * magnitudes;
        }
    },
    /**
     * Almost surely: roundings as independent numbers of mean 0 within ±u. The error is {@code Σ δ_k s_k} over the products
     * and partial sums {@code s_k}, and by Hoeffding's inequality beyond {@code λ·u·√(Σ s_k²)} with a chance below {@code 2
     * exp(−λ²/2)}. Never more than the certain one.
     */
    LIKELY("likely") {
        @Override
        double error(Bound[] terms) {
            double largest = 0;
            for (int lanes : LANES) {
                largest = Math.max(largest, squares(terms, lanes));
            }
            double secondOrder = 1 + 2 * terms.length * Float32.U;
            return Math.min(CERTAIN.error(terms), LAMBDA * Float32.U * Math.sqrt(largest) * secondOrder);
        }
    };

    /** A chance of 5e-11 a sum, 5e-5 for a million of them. */
    static final double LAMBDA = 7;
    /** Orders of summation looked at: one by one, and in as many partial sums as vector units keep. */
    private static final int[] LANES = {1, 8, 64};

    private final String label;

    Sums(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    abstract double error(Bound[] terms);

    /** {@code Σ s_k²} over the terms, each a rounded product, and all partial sums of a summation in lanes. */
    private static double squares(Bound[] terms, int lanes) {
        double squares = 0;
        double[] partial = new double[Math.min(lanes, terms.length)];
        double[] slack = new double[partial.length];
        for (int i = 0; i < terms.length; i++) {
            squares += square(terms[i].largest());
            int lane = i % partial.length;
            partial[lane] += terms[i].value();
            slack[lane] += terms[i].error();
            squares += square(Math.abs(partial[lane]) + slack[lane]);
        }
        for (int lane = 1; lane < partial.length; lane++) {
            partial[0] += partial[lane];
            slack[0] += slack[lane];
            squares += square(Math.abs(partial[0]) + slack[0]);
        }
        return squares;
    }

    private static double square(double x) {
        return x * x;
    }
}
