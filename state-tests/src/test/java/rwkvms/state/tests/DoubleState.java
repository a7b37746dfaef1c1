package rwkvms.state.tests;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/**
 * The state of one layer and head in float64 (math.md §4, step 6), advanced by the features and coefficients that a runtime
 * recorded, with a bound on the distance of a state that is rounded to float32 after every token.
 *
 * <p>Derivation. A token writes one slot, and each row {@code s} of it on its own: {@code s' = s·M + c} with {@code M =
 * keep·diag(d) + e·erase·a bᵀ} and {@code c = write·v·k}. A runtime that computes a token in double and rounds the result has
 * {@code ŝ' = (ŝ·M + c)(1 + ε)}, {@code |ε| ≤ u = 2⁻²⁴} for each value. With {@code δ_t = ε·ŝ_t} the error after token T is
 * {@code Σ_t δ_t·M_{t+1}·…·M_T}, and so, value by value, at most {@code u·Σ_t |ŝ_t|·|M_{t+1}·…·M_T|}: the products are
 * multiplied out before their absolute value is taken, so that decay and erasing still cancel. No constant is chosen.
 * (Gradual underflow adds 2⁻¹⁵⁰ per token; the rounding of the float64 side is 2⁻²⁹ of the bound.)
 */
final class DoubleState {
    /** Half the distance of 1 to the next float32. */
    private static final double UNIT_ROUNDOFF = 0x1p-24;
    private static final double UNDERFLOW = 0x1p-150;
    private static final double OWN_ROUNDING = 1 + 1e-6;

    private final int rank;
    private final int slots;
    private final long chunk;
    private final double eraseGate;
    private final double[] state;
    /** The change of one slot by each token. */
    private final List<Step> steps = new ArrayList<>();
    private long position;

    private record Step(int slot, double[] keep, double[] decay, double[] erased, double[] a, double[] b,
            double[] after) {
    }

    DoubleState(MemoryConfig config) {
        this.rank = config.rank();
        this.slots = config.numStates();
        this.chunk = config.chunkSize();
        this.eraseGate = config.eraseGate();
        this.state = new double[slots * rank * rank];
    }

    /** Runs the tokens of a call by its taps. */
    void advance(TensorSet taps) {
        int tokens = taps.get(MathTensor.FEATURE_K).shape().dim(1);
        for (int t = 0; t < tokens; t++) {
            advance(row(taps, MathTensor.FEATURE_K, t), row(taps, MathTensor.FEATURE_V, t),
                    row(taps, MathTensor.FEATURE_A, t), row(taps, MathTensor.FEATURE_B, t),
                    row(taps, MathTensor.W_DECAY, t), row(taps, MathTensor.KEEP, t), row(taps, MathTensor.ERASE, t),
                    row(taps, MathTensor.WRITE, t));
        }
    }

    private double[] row(TensorSet taps, MathTensor name, int token) {
        Tensor tensor = taps.get(name);
        double[] row = new double[rank];
        for (int i = 0; i < rank; i++) {
            row[i] = tensor.at(token * rank + i);
        }
        return row;
    }

    private void advance(double[] k, double[] v, double[] a, double[] b, double[] decay, double[] keep,
            double[] erase, double[] write) {
        int slot = (int) (position++ / chunk % slots);
        double[] erased = new double[rank];
        double[] after = new double[rank * rank];
        for (int i = 0; i < rank; i++) {
            int first = (slot * rank + i) * rank;
            double corr = 0;
            for (int j = 0; j < rank; j++) {
                corr += state[first + j] * a[j];
            }
            erased[i] = eraseGate * erase[i];
            for (int j = 0; j < rank; j++) {
                after[i * rank + j] = keep[i] * decay[j] * state[first + j] + write[i] * v[i] * k[j]
                        + erased[i] * corr * b[j];
            }
        }
        System.arraycopy(after, 0, state, slot * rank * rank, after.length);
        steps.add(new Step(slot, keep, decay, erased, a, b, after));
    }

    double maxAbs() {
        double largest = 0;
        for (double value : state) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** The largest distance of a runtime's state from this one. */
    double distance(Tensor found) {
        double largest = 0;
        for (int i = 0; i < state.length; i++) {
            largest = Math.max(largest, Math.abs(found.at(i) - state[i]));
        }
        return largest;
    }

    /** The largest distance of a value of a runtime's state, divided by its bound: at most 1 by the derivation. */
    double shareOfBound(Tensor found) {
        double[] bound = bound();
        double largest = 0;
        for (int i = 0; i < state.length; i++) {
            double distance = Math.abs(found.at(i) - state[i]);
            largest = Math.max(largest, distance == 0 ? 0 : distance / bound[i]);
        }
        return largest;
    }

    double maxBound() {
        return Arrays.stream(bound()).max().orElseThrow();
    }

    /** The bound of every value after the tokens so far. */
    private double[] bound() {
        double[] bound = new double[state.length];
        for (int slot = 0; slot < slots; slot++) {
            for (int i = 0; i < rank; i++) {
                boundRow(slot, i, bound);
            }
        }
        return bound;
    }

    private void boundRow(int slot, int i, double[] bound) {
        double[][] product = identity();
        int first = (slot * rank + i) * rank;
        for (int t = steps.size() - 1; t >= 0; t--) {
            Step step = steps.get(t);
            if (step.slot == slot) {
                for (int l = 0; l < rank; l++) {
                    double local = UNIT_ROUNDOFF * Math.abs(step.after[i * rank + l]) + UNDERFLOW;
                    for (int j = 0; j < rank; j++) {
                        bound[first + j] += OWN_ROUNDING * local * Math.abs(product[l][j]);
                    }
                }
                product = times(step, i, product);
            }
        }
    }

    private double[][] identity() {
        double[][] identity = new double[rank][rank];
        for (int i = 0; i < rank; i++) {
            identity[i][i] = 1;
        }
        return identity;
    }

    /** {@code M·P} with {@code M[l][m] = keep·d[m]·(l = m) + e·erase·a[l]·b[m]}: a scaled P and a product of two vectors. */
    private double[][] times(Step step, int i, double[][] product) {
        double[] erasedRow = new double[rank];
        for (int j = 0; j < rank; j++) {
            for (int m = 0; m < rank; m++) {
                erasedRow[j] += step.b[m] * product[m][j];
            }
        }
        double[][] next = new double[rank][rank];
        for (int l = 0; l < rank; l++) {
            for (int j = 0; j < rank; j++) {
                next[l][j] = step.keep[i] * step.decay[l] * product[l][j]
                        + step.erased[i] * step.a[l] * erasedRow[j];
            }
        }
        return next;
    }
}
