package rwkvms.conditioning;

import java.util.Arrays;
import java.util.BitSet;
import rwkvms.conditioning.CoefficientMath.Coefficients;
import rwkvms.conditioning.FeatureMath.Features;
import rwkvms.conditioning.ProjectionMath.Projected;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TokenMask;
import rwkvms.sidecar.LayerWeights;

/**
 * All of math.md in double, a second time. The reference rounds the tensors that it stores; here nothing is rounded, or every
 * result is. Each section is a class, and each formula a method of it.
 */
record MemoryMath(MemoryConfig config, ProjectionMath projections, FeatureMath features, CoefficientMath coefficients,
        ScanMath scan, ReadoutMath readout, DeltaMath deltas) {

    static MemoryMath of(MemoryConfig config, LayerWeights weights) {
        return new MemoryMath(config, new ProjectionMath(config, weights), new FeatureMath(config, weights),
                new CoefficientMath(config), new ScanMath(config), new ReadoutMath(config, weights),
                new DeltaMath(config, weights));
    }

    /** Runs one call of one sequence. */
    void run(RawValues raw, LayerState initial, ForwardInput input, ValueSink sink, Rounding rounding) {
        TokenMask mask = TokenMask.of(input.mask());
        double[] state = initial.state().toDoubles();
        double[] lastValid = initial.previousSource().toDoubles();
        double[] before = input.legacyPredecessor() ? new double[config.readDim()] : lastValid;
        int last = sink.lastToken(input.tokens());
        double[][] reads = new double[last + 1][];
        long position = initial.position();
        for (int t = 0; t <= last; t++) {
            Projected p = projections.of(raw.of(t, rounding), rounding);
            Features f = features.of(p.source, before, rounding);
            Coefficients c = coefficients.of(p.beta, p.lambda, f.w, rounding);
            put(t, p, sink);
            put(t, f, sink);
            put(t, c, sink);
            boolean trace = input.taps() == Taps.STEP_TRACE && sink.wantsTrace(t);
            double[] rawReads = scan.step(t, f, c, mask.valid(t), state, position, trace, sink, rounding);
            reads[t] = readout.reads(rawReads, f.g, rounding);
            sink.put(MathTensor.READS, t, reads[t]);
            lastValid = mask.valid(t) ? p.source : lastValid;
            before = input.legacyPredecessor() ? p.source : lastValid;
            position += mask.validity(t);
        }
        sink.put(MathTensor.FINAL_PREVIOUS_SOURCE, 0, lastValid);
        sink.put(MathTensor.FINAL_STATE, 0, state);
        putDeltas(reads, sink, rounding);
    }

    /** Each value has a rounding of its own, so that leaving some out does not change the others. */
    private void putDeltas(double[][] reads, ValueSink sink, Rounding rounding) {
        for (DeltaHead head : deltas.heads()) {
            double[] delta = new double[deltas.width(head)];
            for (int t = 0; t < reads.length; t++) {
                BitSet wanted = sink.wanted(head, t, delta.length);
                if (wanted.isEmpty()) {
                    continue;
                }
                Arrays.fill(delta, Double.NaN);
                for (int o = wanted.nextSetBit(0); o >= 0; o = wanted.nextSetBit(o + 1)) {
                    delta[o] = deltas.delta(head, o, reads[t], rounding.ofItsOwn((long) t * delta.length + o));
                }
                sink.put(head.delta(), t, delta);
            }
        }
    }

    private static void put(int t, Projected p, ValueSink sink) {
        sink.put(MathTensor.MEMORY_Q, t, p.q);
        sink.put(MathTensor.MEMORY_K, t, p.k);
        sink.put(MathTensor.MEMORY_V, t, p.source);
        sink.put(MathTensor.MEMORY_SOURCE, t, p.source);
        sink.put(MathTensor.BETA, t, p.beta);
        sink.put(MathTensor.LAMBDA, t, p.lambda);
    }

    private static void put(int t, Features f, ValueSink sink) {
        put(t, MathTensor.FEATURE_R, MathTensor.R_HEADS, f.r, sink);
        put(t, MathTensor.FEATURE_W, MathTensor.W_HEADS, f.w, sink);
        put(t, MathTensor.FEATURE_K, MathTensor.K_HEADS, f.k, sink);
        put(t, MathTensor.FEATURE_V, MathTensor.V_HEADS, f.v, sink);
        put(t, MathTensor.FEATURE_A, MathTensor.A_HEADS, f.a, sink);
        put(t, MathTensor.FEATURE_B, MathTensor.B_HEADS, f.b, sink);
        sink.put(MathTensor.FEATURE_G, t, f.g);
    }

    private static void put(int t, MathTensor name, MathTensor heads, double[] values, ValueSink sink) {
        sink.put(name, t, values);
        sink.put(heads, t, values);
    }

    static void put(int t, Coefficients c, ValueSink sink) {
        sink.put(MathTensor.KEEP, t, c.keep);
        sink.put(MathTensor.ERASE, t, c.erase);
        sink.put(MathTensor.WRITE, t, c.write);
        sink.put(MathTensor.W_DECAY, t, c.decay);
    }
}
