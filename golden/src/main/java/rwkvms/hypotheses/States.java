package rwkvms.hypotheses;

import java.util.function.UnaryOperator;
import rwkvms.math.MemoryConfig;

/** What is read of a state [N, K, r, r] where something is mistaken. */
final class States {
    private States() {
    }

    /** {@code S[i, j]·d[j]}. */
    static double[] decayed(MemoryConfig config, double[] state, double[] decay) {
        int rank = config.rank();
        int ofHead = config.numStates() * rank * rank;
        double[] decayed = new double[state.length];
        for (int at = 0; at < state.length; at++) {
            decayed[at] = state[at] * decay[at / ofHead * rank + at % rank];
        }
        return decayed;
    }

    /** {@code Σ_j S[j, i]·a[j]}. */
    static double ofColumn(double[] state, int matrix, int i, double[] a, int aFrom, int rank) {
        double sum = 0;
        for (int j = 0; j < rank; j++) {
            sum += state[matrix + j * rank + i] * a[aFrom + j];
        }
        return sum;
    }

    /** {@code Σ_j S[i, j]·d[j]·a[j]}. */
    static double ofDecayed(double[] state, int matrix, int i, double[] a, int aFrom, double[] decay, int rank) {
        double sum = 0;
        for (int j = 0; j < rank; j++) {
            sum += state[matrix + i * rank + j] * decay[aFrom + j] * a[aFrom + j];
        }
        return sum;
    }

    /** corr of {@code keep[i]·d[j]·S[i, j]}. */
    static UnaryOperator<Rule> correctionFromKept() {
        return base -> new Changed(base) {
            @Override
            public double correction(double[] state, int matrix, int i, double[] a, int aFrom, double[] decay,
                    int rank) {
                return ofDecayed(state, matrix, i, a, aFrom, decay, rank);
            }

            @Override
            public double erased(double eraseGate, double[] erase, double[] keep, double[] b, double correction, int i,
                    int j) {
                return base.erased(eraseGate, erase, keep, b, keep[i] * correction, i, j);
            }
        };
    }

    /** A number with so many significant bits, rounded or cut. */
    static double ofBits(double value, int bits, boolean rounded) {
        if (value == 0 || !Double.isFinite(value)) {
            return value;
        }
        double unit = Math.scalb(1.0, Math.getExponent(value) + 1 - bits);
        double units = value / unit;
        return (rounded ? Math.rint(units) : (double) (long) units) * unit;
    }
}
