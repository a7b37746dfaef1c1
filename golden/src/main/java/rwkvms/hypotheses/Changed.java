package rwkvms.hypotheses;

import java.util.function.Supplier;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.MemoryTensor;

/** A rule that takes every step from another one, until a subclass changes some. */
class Changed implements Rule {
    private final Rule base;

    Changed(Rule base) {
        this.base = base;
    }

    @Override
    public double[] weight(Layer layer, MemoryTensor name) {
        return base.weight(layer, name);
    }

    @Override
    public double[] hidden(double[] x) {
        return base.hidden(x);
    }

    @Override
    public boolean valid(boolean valid) {
        return base.valid(valid);
    }

    @Override
    public double[] initialState(MemoryConfig config, double[] state) {
        return base.initialState(config, state);
    }

    @Override
    public long initialPosition(MemoryConfig config, long position) {
        return base.initialPosition(config, position);
    }

    @Override
    public double[] query(MemoryConfig config, double[] raw, double[] source) {
        return base.query(config, raw, source);
    }

    @Override
    public double[] key(MemoryConfig config, double[] raw, double[] source) {
        return base.key(config, raw, source);
    }

    @Override
    public double[] source(MemoryConfig config, double[] raw) {
        return base.source(config, raw);
    }

    @Override
    public double beta(double z) {
        return base.beta(z);
    }

    @Override
    public double freeLambda(double z) {
        return base.freeLambda(z);
    }

    @Override
    public double lambda(MemoryConfig config, double beta, double free) {
        return base.lambda(config, beta, free);
    }

    @Override
    public double[] predecessor(Call call, int token, double[][] sources) {
        return base.predecessor(call, token, sources);
    }

    @Override
    public double[] finalPrevious(Call call, double[][] sources) {
        return base.finalPrevious(call, sources);
    }

    @Override
    public double shifted(double x, double before, double mu) {
        return base.shifted(x, before, mu);
    }

    @Override
    public double insideW(double z) {
        return base.insideW(z);
    }

    @Override
    public double decayExponent(double u) {
        return base.decayExponent(u);
    }

    @Override
    public double insideA(double z) {
        return base.insideA(z);
    }

    @Override
    public double aGate(double u) {
        return base.aGate(u);
    }

    @Override
    public double insideG(double z) {
        return base.insideG(z);
    }

    @Override
    public double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
        return base.kk(config, key, kK, featureK);
    }

    @Override
    public double featureK(double key, double aGate, double kA) {
        return base.featureK(key, aGate, kA);
    }

    @Override
    public double featureA(double kk) {
        return base.featureA(kk);
    }

    @Override
    public double featureB(double kk, double aGate) {
        return base.featureB(kk, aGate);
    }

    @Override
    public Features scanned(Features features, Features before) {
        return base.scanned(features, before);
    }

    @Override
    public int gateOf(MemoryConfig config, int row) {
        return base.gateOf(config, row);
    }

    @Override
    public double keep(MemoryConfig config, double beta, double lambda) {
        return base.keep(config, beta, lambda);
    }

    @Override
    public double erase(MemoryConfig config, double beta, double lambda) {
        return base.erase(config, beta, lambda);
    }

    @Override
    public double write(MemoryConfig config, double beta, double lambda) {
        return base.write(config, beta, lambda);
    }

    @Override
    public double decay(double w) {
        return base.decay(w);
    }

    @Override
    public double[] stateRead(MemoryConfig config, double[] state, double[] decay, Supplier<double[]> written) {
        return base.stateRead(config, state, decay, written);
    }

    @Override
    public double[] slotReads(MemoryConfig config, double[] state, double[] r) {
        return base.slotReads(config, state, r);
    }

    @Override
    public double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
        return base.score(config, reads, from, r, rFrom);
    }

    @Override
    public double[] keepTop(MemoryConfig config, double[] scores) {
        return base.keepTop(config, scores);
    }

    @Override
    public double[] routes(MemoryConfig config, double[] scores) {
        return base.routes(config, scores);
    }

    @Override
    public double[] recordedRoutes(double[] routes, boolean valid) {
        return base.recordedRoutes(routes, valid);
    }

    @Override
    public double[] readRoutes(double[] routes, boolean valid) {
        return base.readRoutes(routes, valid);
    }

    @Override
    public double[] meanRoutes(MemoryConfig config, double[] perHead) {
        return base.meanRoutes(config, perHead);
    }

    @Override
    public double rawRead(MemoryConfig config, double[] routes, double[] slotReads, int head, int i) {
        return base.rawRead(config, routes, slotReads, head, i);
    }

    @Override
    public int slot(MemoryConfig config, long position) {
        return base.slot(config, position);
    }

    @Override
    public double writeRoute(boolean valid) {
        return base.writeRoute(valid);
    }

    @Override
    public double[] stateWritten(MemoryConfig config, double[] state, int slot, long position) {
        return base.stateWritten(config, state, slot, position);
    }

    @Override
    public double kept(double[] keep, double[] decay, int i, int j) {
        return base.kept(keep, decay, i, j);
    }

    @Override
    public double correction(double[] state, int matrix, int i, double[] a, int aFrom, double[] decay, int rank) {
        return base.correction(state, matrix, i, a, aFrom, decay, rank);
    }

    @Override
    public double written(double[] write, double[] v, double[] k, int i, int j) {
        return base.written(write, v, k, i, j);
    }

    @Override
    public double erased(double eraseGate, double[] erase, double[] keep, double[] b, double correction, int i, int j) {
        return base.erased(eraseGate, erase, keep, b, correction, i, j);
    }

    @Override
    public boolean writes(boolean valid) {
        return base.writes(valid);
    }

    @Override
    public void writeSlot(MemoryConfig config, double[] candidates, double[] state, int slot) {
        base.writeSlot(config, candidates, state, slot);
    }

    @Override
    public double stored(double value) {
        return base.stored(value);
    }

    @Override
    public long advanced(long position, boolean valid) {
        return base.advanced(position, valid);
    }

    @Override
    public double[] normInput(double[] rawReads, double[] g) {
        return base.normInput(rawReads, g);
    }

    @Override
    public double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
        return base.groupNorm(config, x, weight, bias);
    }

    @Override
    public double[] gateOfReads(double[] g, boolean valid) {
        return base.gateOfReads(g, valid);
    }

    @Override
    public double[] gated(double[] normed, double[] g) {
        return base.gated(normed, g);
    }

    @Override
    public double deltaScale(MemoryConfig config) {
        return base.deltaScale(config);
    }

    @Override
    public MathTensor shown(MathTensor name) {
        return base.shown(name);
    }
}
