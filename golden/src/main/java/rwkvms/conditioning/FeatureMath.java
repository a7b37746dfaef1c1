package rwkvms.conditioning;

import java.util.Arrays;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/** RWKV-7 features (math.md §2) of one token, from its source and the predecessor's. */
class FeatureMath {
    private static final double NORM_FLOOR = 1e-12;

    private final int rank;
    private final double[] muR;
    private final double[] muW;
    private final double[] muK;
    private final double[] muV;
    private final double[] muA;
    private final double[] muG;
    private final WeightMap receptance;
    private final WeightMap key;
    private final WeightMap value;
    private final double[] w0;
    private final WeightMap w1;
    private final WeightMap w2;
    private final double[] a0;
    private final WeightMap a1;
    private final WeightMap a2;
    private final WeightMap g1;
    private final WeightMap g2;
    private final double[] kK;
    private final double[] kA;

    /** [D] each; {@code w} is before the decay. */
    static final class Features {
        final double[] r;
        final double[] w;
        final double[] k;
        final double[] v;
        final double[] a;
        final double[] b;
        final double[] g;

        Features(double[] r, double[] w, double[] k, double[] v, double[] a, double[] b, double[] g) {
            this.r = r;
            this.w = w;
            this.k = k;
            this.v = v;
            this.a = a;
            this.b = b;
            this.g = g;
        }
    }

    FeatureMath(MemoryConfig config, LayerWeights weights) {
        this.rank = config.rank();
        this.muR = weights.xR().toDoubles();
        this.muW = weights.xW().toDoubles();
        this.muK = weights.xK().toDoubles();
        this.muV = weights.xV().toDoubles();
        this.muA = weights.xA().toDoubles();
        this.muG = weights.xG().toDoubles();
        this.receptance = WeightMap.of(weights.receptance());
        this.key = WeightMap.of(weights.key());
        this.value = WeightMap.of(weights.value());
        this.w0 = weights.w0().toDoubles();
        this.w1 = WeightMap.fromRight(weights.w1());
        this.w2 = WeightMap.fromRight(weights.w2());
        this.a0 = weights.a0().toDoubles();
        this.a1 = WeightMap.fromRight(weights.a1());
        this.a2 = WeightMap.fromRight(weights.a2());
        this.g1 = WeightMap.fromRight(weights.g1());
        this.g2 = WeightMap.fromRight(weights.g2());
        this.kK = weights.kK().toDoubles();
        this.kA = weights.kA().toDoubles();
    }

    Features of(double[] x, double[] before, Rounding rounding) {
        double[] k = key.times(mixed(x, before, muK, rounding), rounding);
        double[] agate = agate(mixed(x, before, muA, rounding), rounding);
        double[] kk = kk(k, rounding);
        return new Features(receptance.times(mixed(x, before, muR, rounding), rounding),
                w(mixed(x, before, muW, rounding), rounding), k(k, agate, rounding),
                value.times(mixed(x, before, muV, rounding), rounding), a(kk), b(kk, agate, rounding),
                g(mixed(x, before, muG, rounding), rounding));
    }

    /** {@code x + (x₋₁ − x) ⊙ μ_c}. */
    double[] mixed(double[] x, double[] before, double[] mu, Rounding rounding) {
        double[] mixed = new double[x.length];
        Arrays.setAll(mixed,
                i -> rounding.plus(x[i], rounding.times(rounding.plus(before[i], -x[i]), mu[i])));
        return mixed;
    }

    /** {@code −softplus(−u) − 0.5} of {@code u = w0 + tanh(x_w w1) w2}. */
    double[] w(double[] x, Rounding rounding) {
        double[] inner = w1.times(x, rounding);
        Arrays.setAll(inner, i -> rounding.function(Math.tanh(inner[i])));
        double[] u = w2.times(inner, rounding);
        Arrays.setAll(u, i -> rounding.plus(-Functions.softplus(-rounding.plus(w0[i], u[i]), rounding), -0.5));
        return u;
    }

    /** {@code σ(a0 + (x_a a1) a2)}. */
    double[] agate(double[] x, Rounding rounding) {
        double[] u = a2.times(a1.times(x, rounding), rounding);
        Arrays.setAll(u, i -> Functions.sigmoid(rounding.plus(a0[i], u[i]), rounding));
        return u;
    }

    /** {@code σ(x_g g1) g2}. */
    double[] g(double[] x, Rounding rounding) {
        double[] inner = g1.times(x, rounding);
        Arrays.setAll(inner, i -> Functions.sigmoid(inner[i], rounding));
        return g2.times(inner, rounding);
    }

    /** {@code k ⊙ k_k}, each head to norm 1. */
    double[] kk(double[] k, Rounding rounding) {
        double[] u = new double[k.length];
        Arrays.setAll(u, i -> rounding.times(k[i], kK[i]));
        return Heads.normalized(u, rank, NORM_FLOOR, rounding);
    }

    /** {@code k ⊙ (1 + (agate − 1) ⊙ k_a)}. */
    double[] k(double[] k, double[] agate, Rounding rounding) {
        double[] out = new double[k.length];
        Arrays.setAll(out, i -> rounding.times(k[i],
                rounding.plus(1, rounding.times(rounding.plus(agate[i], -1), kA[i]))));
        return out;
    }

    double[] a(double[] unit) {
        double[] a = new double[unit.length];
        Arrays.setAll(a, i -> -unit[i]);
        return a;
    }

    double[] b(double[] unit, double[] agate, Rounding rounding) {
        double[] b = new double[unit.length];
        Arrays.setAll(b, i -> rounding.times(unit[i], agate[i]));
        return b;
    }
}
