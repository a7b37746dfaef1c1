package rwkvms.reference;

import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.LayerWeights;

/**
 * RWKV-7 features (math.md §2): from memory_source and its predecessor, both [T, D], to r, w, k, v, a, b and g [T, D].
 */
final class Features {
    /** Smallest norm that kk is divided by. */
    private static final double KK_NORM_EPS = 1e-12;

    private final MemoryConfig config;
    private final double[] muR;
    private final double[] muW;
    private final double[] muK;
    private final double[] muV;
    private final double[] muA;
    private final double[] muG;
    private final Linear receptance;
    private final Linear key;
    private final Linear value;
    private final double[] w0;
    private final Linear w1;
    private final Linear w2;
    private final double[] a0;
    private final Linear a1;
    private final Linear a2;
    private final Linear g1;
    private final Linear g2;
    private final double[] kK;
    private final double[] kA;

    /** The tensors of §2, float32; {@code w} is before the decay. */
    record Values(Block r, Block w, Block k, Block v, Block a, Block b, Block g) {
    }

    Features(MemoryConfig config, LayerWeights weights) {
        this.config = config;
        this.muR = weights.xR().toDoubles();
        this.muW = weights.xW().toDoubles();
        this.muK = weights.xK().toDoubles();
        this.muV = weights.xV().toDoubles();
        this.muA = weights.xA().toDoubles();
        this.muG = weights.xG().toDoubles();
        this.receptance = Linear.of(weights.receptance());
        this.key = Linear.of(weights.key());
        this.value = Linear.of(weights.value());
        this.w0 = weights.w0().toDoubles();
        this.w1 = Linear.fromRight(weights.w1());
        this.w2 = Linear.fromRight(weights.w2());
        this.a0 = weights.a0().toDoubles();
        this.a1 = Linear.fromRight(weights.a1());
        this.a2 = Linear.fromRight(weights.a2());
        this.g1 = Linear.fromRight(weights.g1());
        this.g2 = Linear.fromRight(weights.g2());
        this.kK = weights.kK().toDoubles();
        this.kA = weights.kA().toDoubles();
    }

    Values apply(Block source, Block predecessor) {
        int tokens = source.tokens();
        int d = config.readDim();
        Values out = new Values(new Block(tokens, d), new Block(tokens, d), new Block(tokens, d),
                new Block(tokens, d), new Block(tokens, d), new Block(tokens, d), new Block(tokens, d));
        for (int t = 0; t < tokens; t++) {
            token(t, source.row(t), predecessor.row(t), out);
        }
        return out;
    }

    private void token(int t, double[] x, double[] before, Values out) {
        double[] k = key.apply(mix(x, before, muK));
        double[] agate = agate(mix(x, before, muA));
        double[] kk = kk(k);
        out.r.setRow(t, receptance.apply(mix(x, before, muR)), 0);
        out.w.setRow(t, decayLogit(mix(x, before, muW)), 0);
        out.v.setRow(t, value.apply(mix(x, before, muV)), 0);
        out.g.setRow(t, gate(mix(x, before, muG)), 0);
        for (int i = 0; i < x.length; i++) {
            out.k.set(t, i, k[i] * (1 + (agate[i] - 1) * kA[i]));
            out.a.set(t, i, -kk[i]);
            out.b.set(t, i, kk[i] * agate[i]);
        }
    }

    /** {@code x_c = x + (x₋₁ − x) ⊙ μ_c}. */
    private static double[] mix(double[] x, double[] before, double[] mu) {
        double[] mixed = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            mixed[i] = x[i] + (before[i] - x[i]) * mu[i];
        }
        return mixed;
    }

    /** feature_w: {@code −softplus(−u) − 0.5} of {@code u = w0 + tanh(x_w w1) w2}. */
    private double[] decayLogit(double[] x) {
        double[] inner = w1.apply(x);
        for (int i = 0; i < inner.length; i++) {
            inner[i] = Math.tanh(inner[i]);
        }
        double[] u = w2.apply(inner);
        for (int i = 0; i < u.length; i++) {
            u[i] = -Scalars.softplus(-(w0[i] + u[i])) - 0.5;
        }
        return u;
    }

    /** {@code σ(a0 + (x_a a1) a2)}: nothing between a1 and a2. */
    private double[] agate(double[] x) {
        double[] u = a2.apply(a1.apply(x));
        for (int i = 0; i < u.length; i++) {
            u[i] = Scalars.sigmoid(a0[i] + u[i]);
        }
        return u;
    }

    /** feature_g: {@code σ(x_g g1) g2}. */
    private double[] gate(double[] x) {
        double[] inner = g1.apply(x);
        for (int i = 0; i < inner.length; i++) {
            inner[i] = Scalars.sigmoid(inner[i]);
        }
        return g2.apply(inner);
    }

    /** {@code k ⊙ k_k}, each head to norm 1. */
    private double[] kk(double[] k) {
        double[] u = new double[k.length];
        for (int i = 0; i < k.length; i++) {
            u[i] = k[i] * kK[i];
        }
        Scalars.normalizeHeads(u, config.rank(), KK_NORM_EPS);
        return u;
    }
}
