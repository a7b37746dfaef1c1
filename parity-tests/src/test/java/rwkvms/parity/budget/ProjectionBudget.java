package rwkvms.parity.budget;

import java.util.Objects;
import java.util.function.UnaryOperator;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/**
 * Projections (math.md §1): sums over H products, in which the roundings of a long sum are the whole error; tanh and the norm
 * pass it on, a norm near its floor as it is, a smaller one magnified.
 */
final class ProjectionBudget {
    /** math.md §1. */
    private static final double NORM_FLOOR = 1e-6;

    private final Float32 float32;
    private final MemoryConfig config;
    private final LayerWeights weights;
    private final Matrix memQ;
    private final Matrix memK;
    private final Matrix memV;
    private final Matrix beta;

    /** Of one token: [D] each, gates [G]. */
    record Bounds(Bound[] q, Bound[] k, Bound[] source, Bound[] beta, Bound[] lambda) {
        Bounds handedOn(StageInputs given, int t) {
            return new Bounds(q, k, given.next(MathTensor.MEMORY_SOURCE, t, source),
                    given.next(MathTensor.BETA, t, beta), given.next(MathTensor.LAMBDA, t, lambda));
        }
    }

    ProjectionBudget(Float32 float32, MemoryConfig config, LayerWeights weights) {
        this.float32 = float32;
        this.config = config;
        this.weights = weights;
        this.memQ = Matrix.of(weights.memQ());
        this.memK = Matrix.of(weights.memK());
        this.memV = Matrix.of(weights.memV());
        this.beta = Matrix.of(weights.beta());
    }

    Bounds of(Bound[] hidden) {
        Bound[] betas = gate(beta, weights.betaB(), hidden);
        Bound[] lambdas = lambda(hidden, betas);
        Bound[] v = memV.times(hidden, float32);
        if (config.semanticsVersion() == 2) {
            Bound[] source = bounded(v);
            return new Bounds(source, source, source, betas, lambdas);
        }
        Bound[] q = memQ.times(hidden, float32);
        Bound[] k = memK.times(hidden, float32);
        boolean normalize = config.normalizeQk();
        return new Bounds(normalize ? bounded(q) : q, normalize ? bounded(k) : k, v, betas, lambdas);
    }

    private Bound[] lambda(Bound[] hidden, Bound[] betas) {
        if (config.updateMode() == UpdateMode.NO_LAMBDA) {
            return map(betas, b -> Bound.ONE);
        }
        if (config.coupleLambda()) {
            return map(betas, b -> float32.minus(Bound.ONE, b));
        }
        return gate(Matrix.of(Objects.requireNonNull(weights.lambda())), Objects.requireNonNull(weights.lambdaB()),
                hidden);
    }

    private Bound[] gate(Matrix map, Tensor bias, Bound[] hidden) {
        Bound[] raw = map.times(hidden, float32);
        for (int i = 0; i < raw.length; i++) {
            raw[i] = float32.sigmoid(float32.plus(raw[i], Bound.exact(bias.at(i))));
        }
        return raw;
    }

    private Bound[] bounded(Bound[] raw) {
        return float32.normalized(map(raw, float32::tanh), config.rank(), NORM_FLOOR);
    }

    static Bound[] map(Bound[] x, UnaryOperator<Bound> f) {
        Bound[] y = new Bound[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = f.apply(x[i]);
        }
        return y;
    }
}
