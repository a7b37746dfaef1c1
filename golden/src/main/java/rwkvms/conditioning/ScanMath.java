package rwkvms.conditioning;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import rwkvms.conditioning.CoefficientMath.Coefficients;
import rwkvms.conditioning.FeatureMath.Features;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;

/** The read-before-write scan (math.md §4), token by token; the state is the caller's, [N, K, r, r]. */
class ScanMath {
    private static final double COSINE_FLOOR = 1e-6;

    /** The tensors that only a step trace has; reads and scores are computed in any case. */
    static final Set<MathTensor> TRACED = EnumSet.of(MathTensor.STATE_BEFORE, MathTensor.CANDIDATE_STATE,
            MathTensor.STATE_AFTER);

    private final MemoryConfig config;
    private final int heads;
    private final int slots;
    private final int rank;

    ScanMath(MemoryConfig config) {
        this.config = config;
        this.heads = config.numStateHeads();
        this.slots = config.numStates();
        this.rank = config.rank();
    }

    /** Reads, then writes one token; returns raw_reads [D]. */
    double[] step(int token, Features f, Coefficients c, boolean valid, double[] state, long position, boolean trace,
            ValueSink sink, Rounding rounding) {
        double[] rawReads = read(token, f.r, valid, state, sink, rounding);
        int slot = slot(position);
        double[] written = new double[slots];
        written[slot] = valid ? 1 : 0;
        sink.put(MathTensor.WRITE_ROUTES, token, written);
        if (trace) {
            sink.put(MathTensor.STATE_BEFORE, token, state);
            double[] candidates = new double[state.length];
            for (int s = 0; s < slots; s++) {
                write(s, f, c, state, candidates, rounding);
            }
            sink.put(MathTensor.CANDIDATE_STATE, token, candidates);
            if (valid) {
                copy(slot, candidates, state);
            }
            sink.put(MathTensor.STATE_AFTER, token, state);
        } else if (valid) {
            write(slot, f, c, state, state, rounding);
        }
        return rawReads;
    }

    private double[] read(int token, double[] r, boolean valid, double[] state, ValueSink sink, Rounding rounding) {
        double[] slotReads = new double[heads * slots * rank];
        double[] scores = new double[heads * slots];
        double[] routes = new double[heads * slots];
        double[] rawReads = new double[heads * rank];
        for (int head = 0; head < heads; head++) {
            for (int s = 0; s < slots; s++) {
                slotReads(head, s, state, r, slotReads, rounding);
                scores[head * slots + s] = score(slotReads, (head * slots + s) * rank, r, head * rank, rounding);
            }
            keepTopK(scores, head * slots);
            if (valid) {
                route(scores, head * slots, routes, rounding);
                rawReads(head, routes, slotReads, rawReads, rounding);
            }
        }
        sink.put(MathTensor.SLOT_READS, token, slotReads);
        sink.put(MathTensor.READ_SCORES, token, scores);
        sink.put(MathTensor.READ_ROUTES_PER_HEAD, token, routes);
        sink.put(MathTensor.READ_ROUTES, token, meanOverHeads(routes, rounding));
        sink.put(MathTensor.RAW_READS, token, rawReads);
        return rawReads;
    }

    /** Step 1: {@code Σ_j S[s, i, j]·r[j]}. */
    void slotReads(int head, int s, double[] state, double[] r, double[] to, Rounding rounding) {
        int first = (head * slots + s) * rank;
        for (int i = 0; i < rank; i++) {
            to[first + i] = rounding.dot(state, (first + i) * rank, r, head * rank, rank);
        }
    }

    /** Step 2: the dot product over √r, or in semantics 2 the cosine. */
    double score(double[] reads, int from, double[] r, int rFrom, Rounding rounding) {
        double dot = rounding.dot(reads, from, r, rFrom, rank);
        if (config.semanticsVersion() == 2) {
            double norms = rounding.times(Math.max(Heads.norm(reads, from, rank, rounding), COSINE_FLOOR),
                    Math.max(Heads.norm(r, rFrom, rank, rounding), COSINE_FLOOR));
            return rounding.of(dot / norms);
        }
        return rounding.of(dot / Math.sqrt(rank));
    }

    /** Step 2: all scores but the k largest become the most negative finite float; of equal scores the first stays. */
    void keepTopK(double[] scores, int from) {
        if (!config.masksSlots()) {
            return;
        }
        boolean[] kept = new boolean[slots];
        for (int place = 0; place < config.readTopK(); place++) {
            int best = -1;
            for (int s = 0; s < slots; s++) {
                if (!kept[s] && (best < 0 || scores[from + s] > scores[from + best])) {
                    best = s;
                }
            }
            kept[best] = true;
        }
        for (int s = 0; s < slots; s++) {
            scores[from + s] = kept[s] ? scores[from + s] : -Float.MAX_VALUE;
        }
    }

    /** Step 3: softmax over the slots. */
    void route(double[] scores, int from, double[] routes, Rounding rounding) {
        double max = Arrays.stream(scores, from, from + slots).max().orElseThrow();
        for (int s = from; s < from + slots; s++) {
            routes[s] = rounding.function(Math.exp(rounding.of(scores[s] - max)));
        }
        double sum = rounding.sum(routes, from, slots);
        for (int s = from; s < from + slots; s++) {
            routes[s] = rounding.of(routes[s] / sum);
        }
    }

    private double[] meanOverHeads(double[] routes, Rounding rounding) {
        if (heads == 1) {
            return routes;
        }
        double[] mean = new double[slots];
        double[] ofSlot = new double[heads];
        for (int s = 0; s < slots; s++) {
            for (int head = 0; head < heads; head++) {
                ofSlot[head] = routes[head * slots + s];
            }
            mean[s] = rounding.of(rounding.sum(ofSlot, 0, heads) / heads);
        }
        return mean;
    }

    /** Step 4: {@code Σ_s route[s]·slot_reads[s, i]}. */
    void rawReads(int head, double[] routes, double[] slotReads, double[] to, Rounding rounding) {
        double[] column = new double[slots];
        for (int i = 0; i < rank; i++) {
            for (int s = 0; s < slots; s++) {
                column[s] = slotReads[(head * slots + s) * rank + i];
            }
            to[head * rank + i] = rounding.dot(routes, head * slots, column, 0, slots);
        }
    }

    /** Step 5. */
    int slot(long position) {
        return (int) (position / config.chunkSize() % slots);
    }

    /** Step 6, of one slot: {@code to} may be {@code from}. */
    void write(int slot, Features f, Coefficients c, double[] from, double[] to, Rounding rounding) {
        for (int row = 0; row < heads * rank; row++) {
            int first = row / rank * rank;
            int at = ((first / rank * slots + slot) * rank + row % rank) * rank;
            double corr = rounding.dot(from, at, f.a, first, rank);
            double written = rounding.times(c.write[row], f.v[row]);
            double erased = rounding.times(rounding.times(config.eraseGate(), c.erase[row]), corr);
            for (int j = 0; j < rank; j++) {
                double kept = rounding.times(rounding.times(c.keep[row], c.decay[first + j]), from[at + j]);
                to[at + j] = rounding.plus(rounding.plus(kept, rounding.times(written, f.k[first + j])),
                        rounding.times(erased, f.b[first + j]));
            }
        }
    }

    private void copy(int slot, double[] from, double[] to) {
        for (int head = 0; head < heads; head++) {
            int first = (head * slots + slot) * rank * rank;
            System.arraycopy(from, first, to, first, rank * rank);
        }
    }
}
