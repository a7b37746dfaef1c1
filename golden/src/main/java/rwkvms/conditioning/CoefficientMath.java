package rwkvms.conditioning;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/** Update coefficients (math.md §3) and the decay of math.md §4, of one token. */
class CoefficientMath {
    private final MemoryConfig config;

    /** [D] each. */
    static final class Coefficients {
        final double[] keep;
        final double[] erase;
        final double[] write;
        final double[] decay;

        Coefficients(double[] keep, double[] erase, double[] write, double[] decay) {
            this.keep = keep;
            this.erase = erase;
            this.write = write;
            this.decay = decay;
        }
    }

    CoefficientMath(MemoryConfig config) {
        this.config = config;
    }

    Coefficients of(double[] beta, double[] lambda, double[] featureW, Rounding rounding) {
        int perGate = config.readDim() / config.gateWidth();
        return new Coefficients(each(i -> keep(lambda[i / perGate])),
                each(i -> erase(lambda[i / perGate], beta[i / perGate], rounding)), each(i -> beta[i / perGate]),
                each(i -> decay(featureW[i], rounding)));
    }

    private double[] each(IntToDoubleFunction value) {
        double[] values = new double[config.readDim()];
        Arrays.setAll(values, value);
        return values;
    }

    double keep(double lambda) {
        return config.semanticsVersion() == 2 || config.updateMode() == UpdateMode.NO_LAMBDA ? 1 : lambda;
    }

    double erase(double lambda, double beta, Rounding rounding) {
        boolean product = config.semanticsVersion() == 1 && config.updateMode() == UpdateMode.LAMBDA_OUTSIDE;
        return product ? rounding.times(lambda, beta) : beta;
    }

    /** {@code exp(−exp(w))}. */
    double decay(double w, Rounding rounding) {
        return rounding.function(Math.exp(-rounding.function(Math.exp(w))));
    }
}
