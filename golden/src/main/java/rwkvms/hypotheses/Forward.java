package rwkvms.hypotheses;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.Stage;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.Tensor;

/** One sequence through all of math.md by a rule. Stored tensors are rounded to float32, as the reference does. */
final class Forward {
    private final Rule rule;
    private final Layer layer;
    private final MemoryConfig config;
    private final Values values;
    private final ScanRun scan;
    private final boolean scans;
    private final boolean reads;

    private Forward(Rule rule, Layer layer, LayerState initial, ForwardInput input, Stage last) {
        this.rule = rule;
        this.scans = last.compareTo(Stage.FEATURES) > 0;
        this.reads = last.compareTo(Stage.SCAN) > 0;
        this.layer = layer;
        this.config = layer.config();
        this.values = new Values(config, input.tokens());
        this.scan = new ScanRun(rule, config, initial.state().toDoubles(), initial.position(),
                input.taps() == Taps.STEP_TRACE, values);
    }

    /**
     * Runs the tokens in calls that begin at these tokens, the first at 0.
     *
     * @param given whether there is a previous source, or it is zero for want of one
     * @param last  the last stage that is wanted: no scan is made for features, no readout for the scan
     */
    static TensorSet run(Rule rule, Layer layer, LayerState initial, ForwardInput input, boolean given,
            List<Integer> starts, Stage last) {
        Forward forward = new Forward(rule, layer, initial, input, last);
        double[] previous = initial.previousSource().toDoubles();
        for (int call = 0; call < starts.size(); call++) {
            int to = call + 1 < starts.size() ? starts.get(call + 1) : input.tokens();
            previous = forward.call(input, given || call > 0, previous, starts.get(call), to);
        }
        forward.values.put(MathTensor.FINAL_PREVIOUS_SOURCE, 0, previous);
        if (forward.scans) {
            forward.scan.end();
        }
        return forward.values.shownBy(rule);
    }

    /** Runs one call, and returns the source that it leaves. */
    private double[] call(ForwardInput input, boolean given, double[] previous, int from, int to) {
        TokenMask mask = TokenMask.of(input.mask());
        boolean[] valid = new boolean[to - from];
        double[][] sources = new double[to - from][];
        double[][] gates = new double[to - from][];
        double[][] lambdas = new double[to - from][];
        for (int t = from; t < to; t++) {
            valid[t - from] = rule.valid(mask.valid(t));
            double[] x = rule.hidden(row(input.hiddenStates(), t));
            sources[t - from] = project(t, x);
            gates[t - from] = beta(t, x);
            lambdas[t - from] = lambda(t, x, gates[t - from]);
        }
        Call call = new Call(input.legacyPredecessor(), given, previous, valid);
        for (int t = from; t < to; t++) {
            Features f = features(t, sources[t - from], rule.predecessor(call, t - from, sources));
            if (scans) {
                double[] rawReads = scan.step(t, f, gates[t - from], lambdas[t - from], valid[t - from]);
                if (reads) {
                    readout(t, rawReads, rule.gateOfReads(f.g, valid[t - from]));
                }
            }
        }
        return rule.finalPrevious(call, sources);
    }

    static double[] row(Tensor all, int token) {
        return all.rows(token, token + 1).toDoubles();
    }

    private double[] project(int t, double[] x) {
        double[] source = Vectors.stored(rule.source(config, projected(MemoryTensor.MEM_V, x)));
        values.put(MathTensor.MEMORY_V, t, source);
        values.put(MathTensor.MEMORY_SOURCE, t, source);
        values.put(MathTensor.MEMORY_Q, t,
                Vectors.stored(rule.query(config, projected(MemoryTensor.MEM_Q, x), source)));
        values.put(MathTensor.MEMORY_K, t,
                Vectors.stored(rule.key(config, projected(MemoryTensor.MEM_K, x), source)));
        return source;
    }

    private double[] projected(MemoryTensor weight, double[] x) {
        double[] used = rule.weight(layer, weight);
        return Arrays.equals(used, layer.weight(weight)) ? layer.projected(weight, x) : Vectors.times(used, x);
    }

    private double[] beta(int t, double[] x) {
        double[] beta = gates(x, MemoryTensor.BETA, MemoryTensor.BETA_B, rule::beta);
        values.put(MathTensor.BETA, t, beta);
        return beta;
    }

    private double[] lambda(int t, double[] x, double[] beta) {
        double[] free = layer.hasFreeLambda()
                ? gates(x, MemoryTensor.LAMBDA, MemoryTensor.LAMBDA_B, rule::freeLambda)
                : beta;
        double[] lambda = new double[beta.length];
        Arrays.setAll(lambda, i -> rule.lambda(config, beta[i], free[i]));
        double[] stored = Vectors.stored(lambda);
        values.put(MathTensor.LAMBDA, t, stored);
        return stored;
    }

    private double[] gates(double[] x, MemoryTensor weight, MemoryTensor bias, DoubleUnaryOperator gate) {
        double[] raw = projected(weight, x);
        double[] biases = rule.weight(layer, bias);
        double[] gates = new double[raw.length];
        Arrays.setAll(gates, i -> gate.applyAsDouble(raw[i] + biases[i]));
        return Vectors.stored(gates);
    }

    private Features features(int t, double[] x, double[] before) {
        double[] key = times(MemoryTensor.KEY, shifted(x, before, MemoryTensor.X_K));
        double[] aGate = inside(shifted(x, before, MemoryTensor.X_A), MemoryTensor.A1, MemoryTensor.A2, rule::insideA);
        double[] a0 = rule.weight(layer, MemoryTensor.A0);
        Arrays.setAll(aGate, i -> rule.aGate(a0[i] + aGate[i]));
        double[] kA = rule.weight(layer, MemoryTensor.K_A);
        double[] k = new double[key.length];
        Arrays.setAll(k, i -> rule.featureK(key[i], aGate[i], kA[i]));
        double[] kk = rule.kk(config, key, rule.weight(layer, MemoryTensor.K_K), k);
        double[] b = new double[key.length];
        Arrays.setAll(b, i -> rule.featureB(kk[i], aGate[i]));
        double[] w = inside(shifted(x, before, MemoryTensor.X_W), MemoryTensor.W1, MemoryTensor.W2, rule::insideW);
        double[] w0 = rule.weight(layer, MemoryTensor.W0);
        Arrays.setAll(w, i -> rule.decayExponent(w0[i] + w[i]));
        double[] g = inside(shifted(x, before, MemoryTensor.X_G), MemoryTensor.G1, MemoryTensor.G2, rule::insideG);
        Features f = new Features(
                Vectors.stored(times(MemoryTensor.RECEPTANCE, shifted(x, before, MemoryTensor.X_R))),
                Vectors.stored(w), Vectors.stored(k),
                Vectors.stored(times(MemoryTensor.VALUE, shifted(x, before, MemoryTensor.X_V))),
                Vectors.stored(Vectors.each(kk, rule::featureA)), Vectors.stored(b), Vectors.stored(g));
        put(t, MathTensor.FEATURE_R, MathTensor.R_HEADS, f.r);
        put(t, MathTensor.FEATURE_W, MathTensor.W_HEADS, f.w);
        put(t, MathTensor.FEATURE_K, MathTensor.K_HEADS, f.k);
        put(t, MathTensor.FEATURE_V, MathTensor.V_HEADS, f.v);
        put(t, MathTensor.FEATURE_A, MathTensor.A_HEADS, f.a);
        put(t, MathTensor.FEATURE_B, MathTensor.B_HEADS, f.b);
        values.put(MathTensor.FEATURE_G, t, f.g);
        return f;
    }

    private void put(int t, MathTensor name, MathTensor heads, double[] row) {
        values.put(name, t, row);
        values.put(heads, t, row);
    }

    private double[] times(MemoryTensor weight, double[] x) {
        return Vectors.times(rule.weight(layer, weight), x);
    }

    private double[] inside(double[] x, MemoryTensor first, MemoryTensor second,
            DoubleUnaryOperator between) {
        return Vectors.fromRight(Vectors.each(Vectors.fromRight(x, rule.weight(layer, first)), between),
                rule.weight(layer, second));
    }

    private double[] shifted(double[] x, double[] before, MemoryTensor mu) {
        double[] mix = rule.weight(layer, mu);
        return IntStream.range(0, x.length).mapToDouble(i -> rule.shifted(x[i], before[i], mix[i])).toArray();
    }

    private void readout(int t, double[] rawReads, double[] g) {
        double[] normed = rule.groupNorm(config, rule.normInput(rawReads, g),
                rule.weight(layer, MemoryTensor.LN_X_WEIGHT), rule.weight(layer, MemoryTensor.LN_X_BIAS));
        double[] reads = Vectors.stored(times(MemoryTensor.OUTPUT, rule.gated(normed, g)));
        values.put(MathTensor.READS, t, reads);
        double scale = rule.deltaScale(config);
        for (DeltaHead head : config.deltaHeads()) {
            values.put(head.delta(), t, Vectors.each(times(MemoryTensor.valueOf("DELTA_" + head), reads),
                    delta -> scale * delta));
        }
    }
}
