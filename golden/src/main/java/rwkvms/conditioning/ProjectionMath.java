package rwkvms.conditioning;

import java.util.Arrays;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/** Memory projections (math.md §1; semantics.md for version 2) of one token, from its raw projections. */
class ProjectionMath {
    private static final double NORM_FLOOR = 1e-6;

    private final MemoryConfig config;
    private final double[] betaBias;
    private final double[] lambdaBias;

    /** [D] each, gates [G]. */
    static final class Projected {
        final double[] q;
        final double[] k;
        final double[] source;
        final double[] beta;
        final double[] lambda;

        Projected(double[] q, double[] k, double[] source, double[] beta, double[] lambda) {
            this.q = q;
            this.k = k;
            this.source = source;
            this.beta = beta;
            this.lambda = lambda;
        }
    }

    ProjectionMath(MemoryConfig config, LayerWeights weights) {
        this.config = config;
        this.betaBias = weights.betaB().toDoubles();
        Tensor bias = weights.lambdaB();
        this.lambdaBias = bias == null ? new double[0] : bias.toDoubles();
    }

    static boolean hasFreeLambda(MemoryConfig config) {
        return config.updateMode() != UpdateMode.NO_LAMBDA && !config.coupleLambda();
    }

    Projected of(double[] raw, Rounding rounding) {
        int d = config.readDim();
        int g = config.gateWidth();
        double[] v = Arrays.copyOfRange(raw, 2 * d, 3 * d);
        double[] beta = gate(Arrays.copyOfRange(raw, 3 * d, 3 * d + g), betaBias, rounding);
        double[] lambda = lambda(raw, beta, rounding);
        if (config.semanticsVersion() == 2) {
            double[] source = bounded(v, rounding);
            return new Projected(source, source, source, beta, lambda);
        }
        return new Projected(query(Arrays.copyOf(raw, d), rounding),
                query(Arrays.copyOfRange(raw, d, 2 * d), rounding), v, beta, lambda);
    }

    /** memory_q and memory_k. */
    double[] query(double[] raw, Rounding rounding) {
        return config.normalizeQk() ? bounded(raw, rounding) : raw;
    }

    /** {@code u = tanh(raw)}, each head to norm 1. */
    double[] bounded(double[] raw, Rounding rounding) {
        double[] u = new double[raw.length];
        Arrays.setAll(u, i -> rounding.function(Math.tanh(raw[i])));
        return Heads.normalized(u, config.rank(), NORM_FLOOR, rounding);
    }

    double[] gate(double[] raw, double[] bias, Rounding rounding) {
        double[] gate = new double[raw.length];
        Arrays.setAll(gate, i -> Functions.sigmoid(rounding.plus(raw[i], bias[i]), rounding));
        return gate;
    }

    double[] lambda(double[] raw, double[] beta, Rounding rounding) {
        double[] lambda = new double[beta.length];
        if (config.updateMode() == UpdateMode.NO_LAMBDA) {
            Arrays.fill(lambda, 1);
        } else if (config.coupleLambda()) {
            Arrays.setAll(lambda, i -> rounding.plus(1, -beta[i]));
        } else {
            return gate(Arrays.copyOfRange(raw, raw.length - beta.length, raw.length), lambdaBias, rounding);
        }
        return lambda;
    }
}
