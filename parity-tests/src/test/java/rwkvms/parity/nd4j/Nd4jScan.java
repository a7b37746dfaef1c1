package rwkvms.parity.nd4j;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Coefficients and scan (math.md §3 and §4). Nothing that is read flows back into the state: token by token only the slot that is
 * written is computed, and then all reads, scores, routes and candidates at once, from arrays [T, N, K, r, r].
 */
final class Nd4jScan {
    private static final double COSINE_EPS = 1e-6;

    private final MemoryConfig config;
    private final int n;
    private final int k;
    private final int r;

    private INDArray state;
    private long position;

    /** Per-token features [T, D] and gates [T, G]. */
    record Inputs(INDArray r, INDArray w, INDArray k, INDArray v, INDArray a, INDArray b, INDArray beta,
            INDArray lambda) {
    }

    Nd4jScan(MemoryConfig config, INDArray state, long position) {
        this.config = config;
        this.n = config.numStateHeads();
        this.k = config.numStates();
        this.r = config.rank();
        this.state = state;
        this.position = position;
    }

    INDArray state() {
        return state;
    }

    long position() {
        return position;
    }

    /**
     * The factors of the write of all tokens.
     *
     * @param a      [T, N, 1, r], which corr is the product of a row with
     * @param kept   {@code keep[i]·d[j]}, [T, N, r, r]
     * @param added  {@code write[i]·v[i]·k[j]}
     * @param erased {@code e·erase[i]·b[j]}, times corr
     */
    private record Factors(INDArray a, INDArray kept, INDArray added, INDArray erased) {
    }

    /** Runs all tokens, and leaves {@link #state} and {@link #position} as they are after the last. */
    Map<MathTensor, Tensor> run(Inputs in, TokenMask mask, boolean withTrace) {
        int tokens = (int) in.r.size(0);
        INDArray keep = heads(keep(in));
        INDArray erase = heads(erase(in));
        INDArray write = heads(in.beta);
        INDArray decay = decay(in.w).reshape('c', tokens, n, r);
        Factors factors = new Factors(in.a.reshape('c', tokens, n, 1, r), outer(keep, decay), added(in, write),
                outer(erase, in.b.mul(config.eraseGate()).reshape('c', tokens, n, r)));
        States states = states(factors, mask, tokens);
        Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
        out.put(MathTensor.KEEP, Arrays64.tensor(keep, 1, tokens, n, r));
        out.put(MathTensor.ERASE, Arrays64.tensor(erase, 1, tokens, n, r));
        out.put(MathTensor.WRITE, Arrays64.tensor(write, 1, tokens, n, r));
        out.put(MathTensor.W_DECAY, Arrays64.tensor(decay, 1, tokens, n, r));
        out.put(MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, tokens), LongStream.of(states.positions)
                .limit(tokens).map(this::slot).toArray()));
        out.put(MathTensor.WRITE_ROUTES, Arrays64.tensor(chosen(states, mask, tokens), 1, tokens, k));
        out.put(MathTensor.FINAL_STATE, Arrays64.tensor(state, 1, n, k, r, r));
        out.put(MathTensor.FINAL_POSITIONS, Tensor.ofLongs(Shape.of(1), position));
        INDArray before = Arrays64.of(Arrays.copyOf(states.values, tokens * states.size), tokens, n, k, r, r);
        reads(before, in.r.reshape('c', tokens, n, 1, r), mask, withTrace, out);
        if (withTrace) {
            out.put(MathTensor.STATE_BEFORE, Arrays64.tensor(before, 1, tokens, n, k, r, r));
            INDArray candidates = candidates(before, factors);
            out.put(MathTensor.CANDIDATE_STATE, Arrays64.tensor(candidates, 1, tokens, n, k, r, r));
            Arrays64.free(candidates);
            out.put(MathTensor.STATE_AFTER, Tensor.ofDoubles(Shape.of(1, tokens, n, k, r, r),
                    Arrays.copyOfRange(states.values, states.size, states.values.length)));
            out.put(MathTensor.POSITIONS_BEFORE,
                    Tensor.ofLongs(Shape.of(1, tokens), Arrays.copyOf(states.positions, tokens)));
            out.put(MathTensor.POSITIONS_AFTER,
                    Tensor.ofLongs(Shape.of(1, tokens), Arrays.copyOfRange(states.positions, 1, tokens + 1)));
        }
        Arrays64.free(before, factors.kept, factors.added, factors.erased);
        return out;
    }

    /** The states [N, K, r, r] and positions before each token and after the last. */
    private static final class States {
        private final int size;
        private final double[] values;
        private final long[] positions;

        States(int tokens, double[] first, long position) {
            this.size = first.length;
            this.values = Arrays.copyOf(first, (tokens + 1) * size);
            this.positions = new long[tokens + 1];
            this.positions[0] = position;
        }
    }

    private States states(Factors factors, TokenMask mask, int tokens) {
        States states = new States(tokens, Arrays64.values(state), position);
        INDArray[] slots = new INDArray[k];
        Arrays.setAll(slots, s -> state.get(all(), point(s), all(), all()).dup('c').reshape('c', n, r, r));
        for (int t = 0; t < tokens; t++) {
            System.arraycopy(states.values, t * states.size, states.values, (t + 1) * states.size, states.size);
            if (mask.valid(t)) {
                int slot = slot(position);
                INDArray old = slots[slot];
                slots[slot] = written(old, factors, t);
                Arrays64.free(old);
                put(Arrays64.values(slots[slot]), slot, states.values, (t + 1) * states.size);
            }
            position += mask.validity(t);
            states.positions[t + 1] = position;
        }
        state = Arrays64.of(Arrays.copyOfRange(states.values, tokens * states.size, states.values.length), n, k, r,
                r);
        return states;
    }

    /** {@code S'} of math.md §4 step 6 for one slot [N, r, r]. */
    private INDArray written(INDArray slot, Factors factors, int t) {
        return written(slot, factors.a.slice(t), factors.kept.slice(t), factors.added.slice(t),
                factors.erased.slice(t));
    }

    private static INDArray written(INDArray from, INDArray a, INDArray kept, INDArray added, INDArray erased) {
        INDArray products = from.mul(a);
        INDArray corr = products.sum(true, from.rank() - 1);
        INDArray erasing = corr.mul(erased);
        INDArray written = from.mul(kept).addi(added).addi(erasing);
        Arrays64.free(products, corr, erasing);
        return written;
    }

    private void put(double[] slot, int number, double[] to, int from) {
        int square = r * r;
        for (int head = 0; head < n; head++) {
            System.arraycopy(slot, head * square, to, from + (head * k + number) * square, square);
        }
    }

    /** {@code S'} for every slot of every token. */
    private INDArray candidates(INDArray before, Factors factors) {
        return written(before, ofSlots(factors.a), ofSlots(factors.kept), ofSlots(factors.added),
                ofSlots(factors.erased));
    }

    /** [T, N, i, j] as [T, N, 1, i, j], the same for every slot. */
    private INDArray ofSlots(INDArray factor) {
        return factor.reshape('c', factor.size(0), n, 1, factor.size(2), factor.size(3));
    }

    /** Steps 1 to 4 of all tokens. */
    private void reads(INDArray before, INDArray inR, TokenMask mask, boolean withTrace, Map<MathTensor, Tensor> out) {
        long tokens = before.size(0);
        INDArray products = before.mul(ofSlots(inR));
        INDArray slotReads = products.sum(4);
        Arrays64.free(products);
        INDArray scores = topK(scores(slotReads, inR));
        INDArray shifted = Transforms.exp(scores.sub(scores.max(true, 2)));
        INDArray routes = shifted.div(shifted.sum(true, 2))
                .mul(validity(mask, (int) tokens).reshape('c', tokens, 1, 1));
        if (withTrace) {
            out.put(MathTensor.SLOT_READS, Arrays64.tensor(slotReads, 1, tokens, n, k, r));
            out.put(MathTensor.READ_SCORES, Arrays64.tensor(scores, 1, tokens, n, k));
        }
        out.put(MathTensor.READ_ROUTES_PER_HEAD, Arrays64.tensor(routes, 1, tokens, n, k));
        out.put(MathTensor.READ_ROUTES, Arrays64.tensor(routes.mean(1), 1, tokens, k));
        out.put(MathTensor.RAW_READS, Arrays64.tensor(slotReads.mul(routes.reshape('c', tokens, n, k, 1)).sum(2), 1,
                tokens, config.readDim()));
    }

    private static INDArray validity(TokenMask mask, int tokens) {
        return Arrays64.of(IntStream.range(0, tokens).mapToDouble(mask::validity).toArray(), tokens);
    }

    /** {@code write[i]·v[i]·k[j]} of all tokens. */
    private INDArray added(Inputs in, INDArray write) {
        return outer(write.mul(in.v.reshape('c', write.shape())), in.k.reshape('c', write.shape()));
    }

    /** {@code x[i]·y[j]} for every token and head. */
    private INDArray outer(INDArray x, INDArray y) {
        long tokens = x.size(0);
        return x.reshape('c', tokens, n, r, 1).mul(y.reshape('c', tokens, n, 1, r));
    }

    /** [T, N, K] of reads [T, N, K, r] and receptances [T, N, 1, r]. */
    private INDArray scores(INDArray slotReads, INDArray inR) {
        INDArray dot = slotReads.mul(inR).sum(3);
        if (config.semanticsVersion() == 2) {
            INDArray readNorm = Transforms.max(slotReads.norm2(3), COSINE_EPS);
            INDArray rNorm = Transforms.max(inR.norm2(3), COSINE_EPS);
            return dot.div(readNorm).div(rNorm);
        }
        return dot.div(Math.sqrt(r));
    }

    /** Keeps the score of a slot if fewer than k slots are better; of tied slots the one of lower index is better. */
    private INDArray topK(INDArray scores) {
        if (!config.masksSlots()) {
            return scores;
        }
        double[] all = Arrays64.values(scores);
        double[] kept = all.clone();
        for (int at = 0; at < all.length; at++) {
            int head = at / k * k;
            int better = 0;
            for (int other = head; other < head + k; other++) {
                better += all[other] > all[at] || (all[other] == all[at] && other < at) ? 1 : 0;
            }
            kept[at] = better < config.readTopK() ? all[at] : -Float.MAX_VALUE;
        }
        return Arrays64.of(kept, scores.shape());
    }

    /** One-hot of the slots that valid tokens write, [T, K]. */
    private INDArray chosen(States states, TokenMask mask, int tokens) {
        double[] oneHot = new double[tokens * k];
        for (int t = 0; t < tokens; t++) {
            oneHot[t * k + slot(states.positions[t])] = mask.validity(t);
        }
        return Arrays64.of(oneHot, tokens, k);
    }

    private int slot(long at) {
        return (int) Math.floorMod(Math.floorDiv(at, config.chunkSize()), (long) k);
    }

    private INDArray keep(Inputs in) {
        boolean one = config.semanticsVersion() == 2;
        return switch (config.updateMode()) {
            case STANDARD, LAMBDA_OUTSIDE -> one ? in.lambda.mul(0).add(1) : in.lambda;
            case NO_LAMBDA -> in.lambda.mul(0).add(1);
        };
    }

    private INDArray erase(Inputs in) {
        boolean outside = config.semanticsVersion() == 1;
        return switch (config.updateMode()) {
            case STANDARD, NO_LAMBDA -> in.beta;
            case LAMBDA_OUTSIDE -> outside ? in.beta.mul(in.lambda) : in.beta;
        };
    }

    private INDArray decay(INDArray w) {
        return Transforms.exp(Transforms.exp(w).neg());
    }

    /** A gate [T, G] repeated for every row, [T, N, r]. */
    private INDArray heads(INDArray gates) {
        long tokens = gates.size(0);
        return gates.reshape('c', tokens, n, gates.size(1) / n).mul(Arrays64.zeros(tokens, n, r).add(1));
    }
}
