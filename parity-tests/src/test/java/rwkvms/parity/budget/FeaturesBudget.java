package rwkvms.parity.budget;

import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;
import rwkvms.tensor.Tensor;

/**
 * Features (math.md §2): short sums over D and L products. The source's error goes through them all; the norm of kk
 * magnifies it where the key is small.
 */
final class FeaturesBudget {
    /** math.md §2, kk. */
    private static final double NORM_FLOOR = 1e-12;
    private static final Bound HALF = Bound.exact(0.5);

    private final Float32 float32;
    private final MemoryConfig config;
    private final LayerWeights weights;
    private final Matrix receptance;
    private final Matrix key;
    private final Matrix value;
    private final Matrix w1;
    private final Matrix w2;
    private final Matrix a1;
    private final Matrix a2;
    private final Matrix g1;
    private final Matrix g2;

    /** Of one token, [D] each; {@code w} is before the decay. */
    record Features(Bound[] r, Bound[] w, Bound[] k, Bound[] v, Bound[] a, Bound[] b, Bound[] g) {
        Features handedOn(StageInputs given, int t) {
            return new Features(given.next(MathTensor.FEATURE_R, t, r), given.next(MathTensor.FEATURE_W, t, w),
                    given.next(MathTensor.FEATURE_K, t, k), given.next(MathTensor.FEATURE_V, t, v),
                    given.next(MathTensor.FEATURE_A, t, a), given.next(MathTensor.FEATURE_B, t, b),
                    given.next(MathTensor.FEATURE_G, t, g));
        }
    }

    FeaturesBudget(Float32 float32, MemoryConfig config, LayerWeights weights) {
        this.float32 = float32;
        this.config = config;
        this.weights = weights;
        this.receptance = Matrix.of(weights.receptance());
        this.key = Matrix.of(weights.key());
        this.value = Matrix.of(weights.value());
        this.w1 = Matrix.fromRight(weights.w1());
        this.w2 = Matrix.fromRight(weights.w2());
        this.a1 = Matrix.fromRight(weights.a1());
        this.a2 = Matrix.fromRight(weights.a2());
        this.g1 = Matrix.fromRight(weights.g1());
        this.g2 = Matrix.fromRight(weights.g2());
    }

    Features of(Bound[] x, Bound[] before) {
        Bound[] rawKey = key.times(mixed(x, before, weights.xK()), float32);
        Bound[] gate = biased(a2.times(a1.times(mixed(x, before, weights.xA()), float32), float32), weights.a0());
        gate = ProjectionBudget.map(gate, float32::sigmoid);
        Bound[] kk = float32.normalized(scaled(rawKey, weights.kK()), config.rank(), NORM_FLOOR);
        Bound[] k = new Bound[x.length];
        Bound[] b = new Bound[x.length];
        for (int i = 0; i < x.length; i++) {
            Bound share = float32.times(float32.minus(gate[i], Bound.ONE), Bound.exact(weights.kA().at(i)));
            k[i] = float32.times(rawKey[i], float32.plus(Bound.ONE, share));
            b[i] = float32.times(kk[i], gate[i]);
        }
        Bound[] innerG = ProjectionBudget.map(g1.times(mixed(x, before, weights.xG()), float32), float32::sigmoid);
        return new Features(receptance.times(mixed(x, before, weights.xR()), float32),
                decayExponent(mixed(x, before, weights.xW())), k,
                value.times(mixed(x, before, weights.xV()), float32), ProjectionBudget.map(kk, Bound::negated), b,
                g2.times(innerG, float32));
    }

    private Bound[] decayExponent(Bound[] x) {
        Bound[] inner = ProjectionBudget.map(w1.times(x, float32), float32::tanh);
        Bound[] u = biased(w2.times(inner, float32), weights.w0());
        return ProjectionBudget.map(u,
                each -> float32.minus(float32.softplus(each.negated()).negated(), HALF));
    }

    private Bound[] mixed(Bound[] x, Bound[] before, Tensor mu) {
        Bound[] mixed = new Bound[x.length];
        for (int i = 0; i < x.length; i++) {
            mixed[i] = float32.plus(x[i],
                    float32.times(float32.minus(before[i], x[i]), Bound.exact(mu.at(i))));
        }
        return mixed;
    }

    private Bound[] biased(Bound[] x, Tensor bias) {
        Bound[] y = new Bound[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = float32.plus(x[i], Bound.exact(bias.at(i)));
        }
        return y;
    }

    private Bound[] scaled(Bound[] x, Tensor factor) {
        Bound[] y = new Bound[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = float32.times(x[i], Bound.exact(factor.at(i)));
        }
        return y;
    }
}
