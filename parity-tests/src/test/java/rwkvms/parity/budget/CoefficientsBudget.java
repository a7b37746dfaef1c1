package rwkvms.parity.budget;

import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/**
 * Coefficients (math.md §3) and decay: copies, one product at most, and two exponentials. {@code d·e^w} is at most 1/e, so
 * that an error of w shrinks.
 */
final class CoefficientsBudget {
    private final Float32 float32;
    private final MemoryConfig config;

    /** Of one token, [D] each. */
    record Coefficients(Bound[] keep, Bound[] erase, Bound[] write, Bound[] decay) {
        Coefficients handedOn(StageInputs given, int t) {
            return new Coefficients(given.next(MathTensor.KEEP, t, keep), given.next(MathTensor.ERASE, t, erase),
                    given.next(MathTensor.WRITE, t, write), given.next(MathTensor.W_DECAY, t, decay));
        }
    }

    CoefficientsBudget(Float32 float32, MemoryConfig config) {
        this.float32 = float32;
        this.config = config;
    }

    Coefficients of(Bound[] beta, Bound[] lambda, Bound[] featureW) {
        int d = featureW.length;
        int perGate = d / beta.length;
        boolean plain = config.semanticsVersion() == 2;
        Coefficients out = new Coefficients(new Bound[d], new Bound[d], new Bound[d], new Bound[d]);
        for (int i = 0; i < d; i++) {
            Bound b = beta[i / perGate];
            Bound l = lambda[i / perGate];
            out.keep[i] = plain || config.updateMode() == UpdateMode.NO_LAMBDA ? Bound.ONE : l;
            out.erase[i] = !plain && config.updateMode() == UpdateMode.LAMBDA_OUTSIDE ? float32.times(l, b) : b;
            out.write[i] = b;
            out.decay[i] = decay(featureW[i]);
        }
        return out;
    }

    /**
     * {@code exp(−exp(w))}. As w changes by e, so does {@code e^w} to at most {@code e^w·e^e}, and the result relatively by as
     * much; but it lies between 0 and 1 whatever w is.
     */
    private Bound decay(Bound w) {
        Bound rate = float32.exp(w);
        Bound decay = float32.exp(rate.negated());
        return new Bound(decay.value(), Math.min(decay.error(), Math.max(decay.value(), 1 - decay.value())));
    }
}
