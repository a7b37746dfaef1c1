package rwkvms.hypotheses;

import java.util.function.Supplier;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.runtime.TokenMask;

/** Coefficients and scan of one sequence by a rule (math.md §3 and §4), token by token. */
final class ScanRun {
    private final Rule rule;
    private final MemoryConfig config;
    private final boolean trace;
    private final Values values;
    private double[] state;
    private long position;
    private Features before;

    ScanRun(Rule rule, MemoryConfig config, double[] state, long position, boolean trace, Values values) {
        this.rule = rule;
        this.config = config;
        this.state = rule.initialState(config, state);
        this.position = rule.initialPosition(config, position);
        this.trace = trace;
        this.values = values;
        double[] none = new double[config.readDim()];
        this.before = new Features(none, none, none, none, none, none, none);
    }

    /** The scan alone, from recorded features. */
    static TensorSet replay(Rule rule, MemoryConfig config, ScanInput input) {
        Values values = new Values(config, input.tokens());
        ScanRun run = new ScanRun(rule, config, input.state().toDoubles(), input.position(), false, values);
        TokenMask mask = TokenMask.of(input.mask());
        for (int t = 0; t < input.tokens(); t++) {
            Features f = new Features(Forward.row(input.r(), t), Forward.row(input.w(), t), Forward.row(input.k(), t),
                    Forward.row(input.v(), t), Forward.row(input.a(), t), Forward.row(input.b(), t), new double[0]);
            run.step(t, f, Forward.row(input.beta(), t), Forward.row(input.lambda(), t), rule.valid(mask.valid(t)));
        }
        run.end();
        return values.shownBy(rule);
    }

    /** Reads, then writes one token; returns raw_reads [D]. */
    double[] step(int t, Features recorded, double[] beta, double[] lambda, boolean valid) {
        Features f = rule.scanned(recorded, before);
        before = recorded;
        Coefficients c = coefficients(t, beta, lambda, f.w);
        double[] reading = state;
        int slot = rule.slot(config, position);
        Supplier<double[]> written = () -> written(candidates(f, c, reading, slot), reading, slot, valid);
        double[] rawReads = read(t, f.r, rule.stateRead(config, state, c.decay, written), valid);
        values.put(MathTensor.SLOT_INDICES, t, slot);
        double[] routes = new double[config.numStates()];
        routes[slot] = rule.writeRoute(valid);
        values.put(MathTensor.WRITE_ROUTES, t, routes);
        if (trace || rule.writes(valid)) {
            double[] candidates = candidates(f, c, state, slot);
            trace(MathTensor.STATE_BEFORE, t, state);
            trace(MathTensor.POSITIONS_BEFORE, t, (double) position);
            trace(MathTensor.CANDIDATE_STATE, t, candidates);
            state = written(candidates, state, slot, valid);
        }
        position = rule.advanced(position, valid);
        trace(MathTensor.STATE_AFTER, t, state);
        trace(MathTensor.POSITIONS_AFTER, t, (double) position);
        return rawReads;
    }

    void end() {
        values.put(MathTensor.FINAL_STATE, 0, state);
        values.put(MathTensor.FINAL_POSITIONS, 0, (double) position);
    }

    private void trace(MathTensor name, int t, double... row) {
        if (trace) {
            values.put(name, t, row);
        }
    }

    private Coefficients coefficients(int t, double[] beta, double[] lambda, double[] w) {
        int d = config.readDim();
        Coefficients c = new Coefficients(new double[d], new double[d], new double[d], new double[d]);
        for (int i = 0; i < d; i++) {
            int gate = rule.gateOf(config, i);
            c.keep[i] = (float) rule.keep(config, beta[gate], lambda[gate]);
            c.erase[i] = (float) rule.erase(config, beta[gate], lambda[gate]);
            c.write[i] = (float) rule.write(config, beta[gate], lambda[gate]);
            c.decay[i] = (float) rule.decay(w[i]);
        }
        values.put(MathTensor.KEEP, t, c.keep);
        values.put(MathTensor.ERASE, t, c.erase);
        values.put(MathTensor.WRITE, t, c.write);
        values.put(MathTensor.W_DECAY, t, c.decay);
        return c;
    }

    private double[] read(int t, double[] r, double[] from, boolean valid) {
        int slots = config.numStates();
        int rank = config.rank();
        double[] slotReads = rule.slotReads(config, from, r);
        double[] all = new double[config.numStateHeads() * slots];
        for (int slot = 0; slot < all.length; slot++) {
            all[slot] = rule.score(config, slotReads, slot * rank, r, slot / slots * rank);
        }
        double[] scores = rule.keepTop(config, all);
        double[] routes = rule.routes(config, scores);
        double[] recorded = rule.recordedRoutes(routes, valid);
        double[] reading = rule.readRoutes(routes, valid);
        double[] rawReads = new double[config.readDim()];
        for (int i = 0; i < rawReads.length; i++) {
            rawReads[i] = (float) rule.rawRead(config, reading, slotReads, i / rank, i % rank);
        }
        trace(MathTensor.SLOT_READS, t, slotReads);
        trace(MathTensor.READ_SCORES, t, scores);
        values.put(MathTensor.READ_ROUTES_PER_HEAD, t, recorded);
        values.put(MathTensor.READ_ROUTES, t, rule.meanRoutes(config, recorded));
        values.put(MathTensor.RAW_READS, t, rawReads);
        return rawReads;
    }

    /** What each slot would hold after the write. */
    private double[] candidates(Features f, Coefficients c, double[] current, int slot) {
        double[] from = rule.stateWritten(config, current, slot, position);
        int rank = config.rank();
        double[] candidates = new double[from.length];
        for (int matrix = 0; matrix < from.length; matrix += rank * rank) {
            int first = matrix / (config.numStates() * rank * rank) * rank;
            for (int i = 0; i < rank; i++) {
                double correction = rule.correction(from, matrix, i, f.a, first, c.decay, rank);
                for (int j = 0; j < rank; j++) {
                    int at = matrix + i * rank + j;
                    candidates[at] = (float) (rule.kept(c.keep, c.decay, first + i, first + j) * from[at]
                            + rule.written(c.write, f.v, f.k, first + i, first + j)
                            + rule.erased(config.eraseGate(), c.erase, c.keep, f.b, correction, first + i, first + j));
                }
            }
        }
        return candidates;
    }

    private double[] written(double[] candidates, double[] current, int slot, boolean valid) {
        double[] after = current.clone();
        if (rule.writes(valid)) {
            rule.writeSlot(config, candidates, after, slot);
            for (int at = 0; at < after.length; at++) {
                after[at] = after[at] == current[at] ? current[at] : rule.stored(after[at]);
            }
        }
        return after;
    }
}
