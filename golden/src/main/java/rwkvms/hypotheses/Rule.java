package rwkvms.hypotheses;

import java.util.Arrays;
import java.util.function.Supplier;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.MemoryTensor;

/**
 * Every step of math.md and semantics.md as a method; the methods themselves are the correct rule. A mistake is a rule that
 * changes some steps of another one ({@link Changed}). No step calls another, so that mistakes can be put together.
 */
interface Rule {
    /** The correct rule. */
    Rule CORRECT = new Rule() {
    };

    /** Smallest norm that q, k and the source of semantics 2 are divided by. */
    double SOURCE_FLOOR = 1e-6;
    /** The same of kk. */
    double KEY_FLOOR = 1e-12;
    /** PyTorch's softplus returns its argument above this. */
    double SOFTPLUS_LINEAR = 20;
    /** Smallest norm of the cosine of semantics 2. */
    double COSINE_FLOOR = 1e-6;
    /** Of the group norm. */
    double NORM_EPS = 64e-5;
    /** What a slot outside of top-k scores. */
    double LEAST_SCORE = -Float.MAX_VALUE;

    // Weights and inputs

    /** The weight that is used under this name. */
    default double[] weight(Layer layer, MemoryTensor name) {
        return layer.weight(name);
    }

    default double[] hidden(double[] x) {
        return x;
    }

    default boolean valid(boolean valid) {
        return valid;
    }

    default double[] initialState(MemoryConfig config, double[] state) {
        return state;
    }

    default long initialPosition(MemoryConfig config, long position) {
        return position;
    }

    // §1, from raw projections

    /** memory_q; {@code source} is memory_source. */
    default double[] query(MemoryConfig config, double[] raw, double[] source) {
        return config.semanticsVersion() == 2
                ? source
                : config.normalizeQk() ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR) : raw;
    }

    /** memory_k. */
    default double[] key(MemoryConfig config, double[] raw, double[] source) {
        return config.semanticsVersion() == 2
                ? source
                : config.normalizeQk() ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR) : raw;
    }

    /** memory_source and memory_v. */
    default double[] source(MemoryConfig config, double[] raw) {
        return config.semanticsVersion() == 2 ? Vectors.bounded(raw, config.rank(), SOURCE_FLOOR) : raw;
    }

    /** beta from the raw value with its bias. */
    default double beta(double z) {
        return Vectors.sigmoid(z);
    }

    /** A free lambda from the raw value with its bias. */
    default double freeLambda(double z) {
        return Vectors.sigmoid(z);
    }

    default double lambda(MemoryConfig config, double beta, double free) {
        return config.updateMode() == UpdateMode.NO_LAMBDA ? 1 : config.coupleLambda() ? 1 - beta : free;
    }

    // §2

    /** The source before a token of a call. */
    default double[] predecessor(Call call, int token, double[][] sources) {
        if (call.legacy) {
            return token == 0 ? Vectors.zeros(sources[0]) : sources[token - 1];
        }
        for (int t = token - 1; t >= 0; t--) {
            if (call.valid[t]) {
                return sources[t];
            }
        }
        return call.previous;
    }

    /** The source that a call leaves to the next. */
    default double[] finalPrevious(Call call, double[][] sources) {
        for (int t = sources.length - 1; t >= 0; t--) {
            if (call.valid[t]) {
                return sources[t];
            }
        }
        return call.previous;
    }

    /** x_c. */
    default double shifted(double x, double before, double mu) {
        return x + (before - x) * mu;
    }

    /** Between w1 and w2. */
    default double insideW(double z) {
        return Math.tanh(z);
    }

    /** feature_w from {@code u = w0 + (…) w2}. */
    default double decayExponent(double u) {
        return -Vectors.softplus(-u, SOFTPLUS_LINEAR) - 0.5;
    }

    /** Between a1 and a2: nothing. */
    default double insideA(double z) {
        return z;
    }

    /** The a-gate from {@code a0 + (…) a2}. */
    default double aGate(double u) {
        return Vectors.sigmoid(u);
    }

    /** Between g1 and g2. */
    default double insideG(double z) {
        return Vectors.sigmoid(z);
    }

    /** kk from the raw key. */
    default double[] kk(MemoryConfig config, double[] key, double[] kK, double[] featureK) {
        double[] u = new double[key.length];
        Arrays.setAll(u, i -> key[i] * kK[i]);
        return Vectors.unit(u, config.rank(), KEY_FLOOR);
    }

    default double featureK(double key, double aGate, double kA) {
        return key * (1 + (aGate - 1) * kA);
    }

    default double featureA(double kk) {
        return -kk;
    }

    default double featureB(double kk, double aGate) {
        return kk * aGate;
    }

    /** What the scan gets of a token's features; {@code before} are the last token's, or zeros. */
    default Features scanned(Features features, Features before) {
        return features;
    }

    // §3

    /** The number of the gate of a row. */
    default int gateOf(MemoryConfig config, int row) {
        return row / (config.readDim() / config.gateWidth());
    }

    default double keep(MemoryConfig config, double beta, double lambda) {
        return config.semanticsVersion() == 2 || config.updateMode() == UpdateMode.NO_LAMBDA ? 1 : lambda;
    }

    default double erase(MemoryConfig config, double beta, double lambda) {
        return config.semanticsVersion() == 1 && config.updateMode() == UpdateMode.LAMBDA_OUTSIDE
                ? lambda * beta
                : beta;
    }

    default double write(MemoryConfig config, double beta, double lambda) {
        return beta;
    }

    default double decay(double w) {
        return Math.exp(-Math.exp(w));
    }

    // §4; rows i and columns j of one head count from that head's first

    /** Step 1: the state that is read. */
    default double[] stateRead(MemoryConfig config, double[] state, double[] decay, Supplier<double[]> written) {
        return state;
    }

    /** Step 1: [N, K, r]. */
    default double[] slotReads(MemoryConfig config, double[] state, double[] r) {
        int rank = config.rank();
        double[] reads = new double[state.length / rank];
        Arrays.setAll(reads, row -> Vectors.dot(state, row * rank, r, row / (config.numStates() * rank) * rank, rank));
        return reads;
    }

    /** Step 2, of the slot whose reads begin there and the head whose r begins there. */
    default double score(MemoryConfig config, double[] reads, int from, double[] r, int rFrom) {
        double dot = Vectors.dot(reads, from, r, rFrom, config.rank());
        return config.semanticsVersion() == 2
                ? dot / (Math.max(Vectors.norm(reads, from, config.rank()), COSINE_FLOOR)
                        * Math.max(Vectors.norm(r, rFrom, config.rank()), COSINE_FLOOR))
                : dot / Math.sqrt(config.rank());
    }

    /** Step 2: [N, K], of which all but the k largest of a head become the most negative float. */
    default double[] keepTop(MemoryConfig config, double[] scores) {
        return config.masksSlots()
                ? Scores.keepTop(scores, config.numStates(), config.readTopK(), LEAST_SCORE)
                : scores;
    }

    /** Step 3, before the token's validity. */
    default double[] routes(MemoryConfig config, double[] scores) {
        return Scores.softmax(scores, config.numStates());
    }

    /** Step 3: what is recorded. */
    default double[] recordedRoutes(double[] routes, boolean valid) {
        return valid ? routes : Vectors.zeros(routes);
    }

    /** Step 3: by what is read. */
    default double[] readRoutes(double[] routes, boolean valid) {
        return valid ? routes : Vectors.zeros(routes);
    }

    /** Step 3: read_routes. */
    default double[] meanRoutes(MemoryConfig config, double[] perHead) {
        double[] mean = new double[config.numStates()];
        for (int i = 0; i < perHead.length; i++) {
            mean[i % mean.length] += perHead[i] / config.numStateHeads();
        }
        return mean;
    }

    /** Step 4, of row i of a head. */
    default double rawRead(MemoryConfig config, double[] routes, double[] slotReads, int head, int i) {
        double sum = 0;
        for (int s = 0; s < config.numStates(); s++) {
            int slot = head * config.numStates() + s;
            sum += routes[slot] * slotReads[slot * config.rank() + i];
        }
        return sum;
    }

    /** Step 5. */
    default int slot(MemoryConfig config, long position) {
        return (int) (position / config.chunkSize() % config.numStates());
    }

    /** Step 5: write_routes of the slot. */
    default double writeRoute(boolean valid) {
        return valid ? 1 : 0;
    }

    /** Step 6: the state that is changed. */
    default double[] stateWritten(MemoryConfig config, double[] state, int slot, long position) {
        return state;
    }

    /** Step 6: what is kept of {@code S[i, j]}. */
    default double kept(double[] keep, double[] decay, int i, int j) {
        return keep[i] * decay[j];
    }

    /** Step 6: {@code corr[i]} of the matrix that begins there. */
    default double correction(double[] state, int matrix, int i, double[] a, int aFrom, double[] decay, int rank) {
        return Vectors.dot(state, matrix + i * rank, a, aFrom, rank);
    }

    /** Step 6: what is written to (i, j). */
    default double written(double[] write, double[] v, double[] k, int i, int j) {
        return write[i] * v[i] * k[j];
    }

    /** Step 6: what is erased at (i, j). */
    default double erased(double eraseGate, double[] erase, double[] keep, double[] b, double correction, int i,
            int j) {
        return eraseGate * erase[i] * correction * b[j];
    }

    /** Step 6: whether a token writes. */
    default boolean writes(boolean valid) {
        return valid;
    }

    /** Step 6: takes the token's slot, or others, of what each slot would hold. */
    default void writeSlot(MemoryConfig config, double[] candidates, double[] state, int slot) {
        Slots.copy(config, candidates, slot, state, slot);
    }

    /** Step 6: a float32 as it is stored in the state. */
    default double stored(double value) {
        return value;
    }

    /** Step 7. */
    default long advanced(long position, boolean valid) {
        return position + (valid ? 1 : 0);
    }

    // §5 and §6

    /** What is normalised. */
    default double[] normInput(double[] rawReads, double[] g) {
        return rawReads;
    }

    default double[] groupNorm(MemoryConfig config, double[] x, double[] weight, double[] bias) {
        return Vectors.groupNorm(x, config.rank(), NORM_EPS, weight);
    }

    /** feature_g as it gates a token's reads: those of a masked token are zero in any case. */
    default double[] gateOfReads(double[] g, boolean valid) {
        return g;
    }

    /** What the output weight is applied to. */
    default double[] gated(double[] normed, double[] g) {
        double[] out = new double[normed.length];
        Arrays.setAll(out, i -> normed[i] * g[i]);
        return out;
    }

    default double deltaScale(MemoryConfig config) {
        return config.alpha() / config.rank();
    }

    // What is shown

    /** The tensor that is recorded under this name. */
    default MathTensor shown(MathTensor name) {
        return name;
    }
}
