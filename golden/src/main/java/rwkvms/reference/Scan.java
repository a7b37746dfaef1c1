package rwkvms.reference;

import org.jspecify.annotations.Nullable;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.TokenMask;

/**
 * The read-before-write scan (math.md §4) over one sequence: for each token read every slot, route, then write one slot.
 *
 * <p>The state is float32 [N, K, r, r] between tokens, as PyTorch keeps it; everything within a token is in double, except
 * the tensors that math.md names, which are rounded to float32.
 */
final class Scan {
    /** Smallest norm of the cosine score of semantics 2. */
    private static final double COSINE_EPS = 1e-6;

    private final MemoryConfig config;
    private final int heads;
    private final int slots;
    private final int rank;

    /** The features a scan reads, each [T, D]. */
    record Inputs(Block r, Block k, Block v, Block a, Block b, Coefficients coefficients) {
    }

    /**
     * The tensors of §4: routes per head [T, N·K], their mean [T, K], raw reads [T, D], and per token the slot written.
     */
    static final class Outputs {
        final Block readRoutesPerHead;
        final Block readRoutes;
        final Block writeRoutes;
        final Block rawReads;
        final long[] slotIndices;

        Outputs(int tokens, MemoryConfig config) {
            int slots = config.numStates();
            this.readRoutesPerHead = new Block(tokens, config.numStateHeads() * slots);
            this.readRoutes = new Block(tokens, slots);
            this.writeRoutes = new Block(tokens, slots);
            this.rawReads = new Block(tokens, config.readDim());
            this.slotIndices = new long[tokens];
        }
    }

    Scan(MemoryConfig config) {
        this.config = config;
        this.heads = config.numStateHeads();
        this.slots = config.numStates();
        this.rank = config.rank();
    }

    /** Runs all tokens, advancing {@code sequence} in place. */
    Outputs run(Inputs in, TokenMask mask, SequenceState sequence, @Nullable StepTrace trace) {
        int tokens = in.r.tokens();
        Outputs out = new Outputs(tokens, config);
        for (int t = 0; t < tokens; t++) {
            if (trace != null) {
                trace.before(t, sequence);
            }
            for (int head = 0; head < heads; head++) {
                read(t, head, in, mask, sequence, out, trace);
            }
            averageRoutes(t, out);

            int slot = (int) (sequence.position() / config.chunkSize() % slots);
            out.slotIndices[t] = slot;
            out.writeRoutes.set(t, slot, mask.validity(t));
            if (trace != null) {
                trace.candidates(t, candidates(t, in, sequence));
            }
            if (mask.valid(t)) {
                for (int head = 0; head < heads; head++) {
                    write(t, head, slot, in, sequence.values(), sequence.values());
                }
            }
            sequence.advance(mask.validity(t));
            if (trace != null) {
                trace.after(t, sequence);
            }
        }
        return out;
    }

    /** Steps 1 to 4: reads the state before this token's write. */
    private void read(int t, int head, Inputs in, TokenMask mask, SequenceState sequence, Outputs out,
            @Nullable StepTrace trace) {
        float[] state = sequence.values();
        float[] slotReads = new float[slots * rank];
        float[] scores = new float[slots];
        for (int s = 0; s < slots; s++) {
            for (int i = 0; i < rank; i++) {
                double sum = 0;
                for (int j = 0; j < rank; j++) {
                    sum += (double) state[index(head, s, i, j)] * in.r.at(t, head * rank + j);
                }
                slotReads[s * rank + i] = (float) sum;
            }
            scores[s] = (float) score(t, head, s, slotReads, in.r);
        }
        TopK.mask(scores, config.readTopK());
        double[] routes = softmax(scores);
        for (int s = 0; s < slots; s++) {
            out.readRoutesPerHead.set(t, head * slots + s, mask.validity(t) * routes[s]);
        }
        for (int i = 0; i < rank; i++) {
            double sum = 0;
            for (int s = 0; s < slots; s++) {
                sum += (double) out.readRoutesPerHead.at(t, head * slots + s) * slotReads[s * rank + i];
            }
            out.rawReads.set(t, head * rank + i, sum);
        }
        if (trace != null) {
            trace.reads(t, head, slotReads, scores);
        }
    }

    /** Step 2: dot product over √r, or in semantics 2 the cosine, of slot_reads[s] and r. */
    private double score(int t, int head, int s, float[] slotReads, Block r) {
        double dot = 0;
        double readSquares = 0;
        double rSquares = 0;
        for (int i = 0; i < rank; i++) {
            double read = slotReads[s * rank + i];
            double ri = r.at(t, head * rank + i);
            dot += read * ri;
            readSquares += read * read;
            rSquares += ri * ri;
        }
        if (config.semanticsVersion() == 2) {
            return dot / (Math.max(Math.sqrt(readSquares), COSINE_EPS) * Math.max(Math.sqrt(rSquares), COSINE_EPS));
        }
        return dot / Math.sqrt(rank);
    }

    private static double[] softmax(float[] scores) {
        double max = Double.NEGATIVE_INFINITY;
        for (float score : scores) {
            max = Math.max(max, score);
        }
        double[] routes = new double[scores.length];
        double sum = 0;
        for (int s = 0; s < scores.length; s++) {
            routes[s] = Math.exp(scores[s] - max);
            sum += routes[s];
        }
        for (int s = 0; s < scores.length; s++) {
            routes[s] /= sum;
        }
        return routes;
    }

    private void averageRoutes(int t, Outputs out) {
        for (int s = 0; s < slots; s++) {
            double sum = 0;
            for (int head = 0; head < heads; head++) {
                sum += out.readRoutesPerHead.at(t, head * slots + s);
            }
            out.readRoutes.set(t, s, sum / heads);
        }
    }

    /**
     * Step 6: {@code S'[i, j] = keep[i]·d[j]·S[i, j] + write[i]·v[i]·k[j] + e·erase[i]·corr[i]·b[j]} for one slot, where
     * {@code corr[i] = Σ_j S[i, j]·a[j]} reads the state before the write. A row depends on itself alone, so {@code to} may
     * be {@code from}.
     */
    private void write(int t, int head, int slot, Inputs in, float[] from, float[] to) {
        Coefficients c = in.coefficients;
        int first = head * rank;
        for (int i = 0; i < rank; i++) {
            double keep = c.keep().at(t, first + i);
            double written = (double) c.write().at(t, first + i) * in.v.at(t, first + i);
            double corr = 0;
            for (int j = 0; j < rank; j++) {
                corr += (double) from[index(head, slot, i, j)] * in.a.at(t, first + j);
            }
            double erased = config.eraseGate() * c.erase().at(t, first + i) * corr;
            for (int j = 0; j < rank; j++) {
                int at = index(head, slot, i, j);
                to[at] = (float) (keep * c.decay().at(t, first + j) * from[at] + written * in.k.at(t, first + j)
                        + erased * in.b.at(t, first + j));
            }
        }
    }

    /** candidate_state of the step trace: S' for every slot, before the one-hot selects. */
    private float[] candidates(int t, Inputs in, SequenceState sequence) {
        float[] candidates = new float[sequence.values().length];
        for (int head = 0; head < heads; head++) {
            for (int s = 0; s < slots; s++) {
                write(t, head, s, in, sequence.values(), candidates);
            }
        }
        return candidates;
    }

    private int index(int head, int slot, int i, int j) {
        return ((head * slots + slot) * rank + i) * rank + j;
    }
}
