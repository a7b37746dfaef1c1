package rwkvms.parity.nd4j;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.TokenMask;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Coefficients and scan (math.md §3 and §4). Every slot of every head is read, scored and written as one array [N, K, r, r], of
 * which only the written slot is kept.
 */
final class Nd4jScan {
    private static final double COSINE_EPS = 1e-6;

    private final MemoryConfig config;
    private final int n;
    private final int k;
    private final int r;
    private final Map<MathTensor, List<double[]>> steps = new EnumMap<>(MathTensor.class);
    private final List<long[]> positions = new ArrayList<>();

    private INDArray state;
    private long position;
    private boolean stepTrace;

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

    /** Runs all tokens, and leaves {@link #state} and {@link #position} as they are after the last. */
    Map<MathTensor, Tensor> run(Inputs in, TokenMask mask, boolean withTrace) {
        stepTrace = withTrace;
        int tokens = (int) in.r.size(0);
        INDArray keep = heads(keep(in));
        INDArray erase = heads(erase(in));
        INDArray write = heads(in.beta);
        INDArray decay = decay(in.w).reshape('c', tokens, n, r);
        INDArray b = in.b.mul(config.eraseGate());
        INDArray kept = outer(keep, decay);
        INDArray added = added(in, write);
        for (int t = 0; t < tokens; t++) {
            step(new Token(row(in.r, t), row(in.a, t), row(b, t), row(erase, t), square(kept, t), square(added, t),
                    mask.validity(t)));
        }
        Map<MathTensor, Tensor> out = new EnumMap<>(MathTensor.class);
        out.put(MathTensor.KEEP, Arrays64.tensor(keep, 1, tokens, n, r));
        out.put(MathTensor.ERASE, Arrays64.tensor(erase, 1, tokens, n, r));
        out.put(MathTensor.WRITE, Arrays64.tensor(write, 1, tokens, n, r));
        out.put(MathTensor.W_DECAY, Arrays64.tensor(decay, 1, tokens, n, r));
        out.put(MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, tokens), positions.stream()
                .mapToLong(p -> slot(p[0])).toArray()));
        out.put(MathTensor.WRITE_ROUTES, stacked(MathTensor.WRITE_ROUTES, k));
        out.put(MathTensor.READ_ROUTES_PER_HEAD, stacked(MathTensor.READ_ROUTES_PER_HEAD, n, k));
        out.put(MathTensor.READ_ROUTES, stacked(MathTensor.READ_ROUTES, k));
        out.put(MathTensor.RAW_READS, stacked(MathTensor.RAW_READS, config.readDim()));
        out.put(MathTensor.FINAL_STATE, Arrays64.tensor(state, 1, n, k, r, r));
        out.put(MathTensor.FINAL_POSITIONS, Tensor.ofLongs(Shape.of(1), position));
        if (stepTrace) {
            out.put(MathTensor.STATE_BEFORE, stacked(MathTensor.STATE_BEFORE, n, k, r, r));
            out.put(MathTensor.SLOT_READS, stacked(MathTensor.SLOT_READS, n, k, r));
            out.put(MathTensor.READ_SCORES, stacked(MathTensor.READ_SCORES, n, k));
            out.put(MathTensor.CANDIDATE_STATE, stacked(MathTensor.CANDIDATE_STATE, n, k, r, r));
            out.put(MathTensor.STATE_AFTER, stacked(MathTensor.STATE_AFTER, n, k, r, r));
            out.put(MathTensor.POSITIONS_BEFORE, Tensor.ofLongs(Shape.of(1, tokens),
                    positions.stream().mapToLong(p -> p[0]).toArray()));
            out.put(MathTensor.POSITIONS_AFTER, Tensor.ofLongs(Shape.of(1, tokens),
                    positions.stream().mapToLong(p -> p[1]).toArray()));
        }
        return out;
    }

    /** {@code write[i]·v[i]·k[j]} of all tokens, [T, N, r, r]. */
    private INDArray added(Inputs in, INDArray write) {
        return outer(write.mul(in.v.reshape('c', write.shape())), in.k.reshape('c', write.shape()));
    }

    /** {@code x[i]·y[j]} for every token and head. */
    private INDArray outer(INDArray x, INDArray y) {
        long tokens = x.size(0);
        return x.reshape('c', tokens, n, r, 1).mul(y.reshape('c', tokens, n, 1, r));
    }

    /**
     * One token's inputs of the scan: vectors [N, r], matrices [N, 1, r, r] for all slots, and 1 for a valid or 0 for a masked
     * token. The erase gate is a factor of b.
     */
    private record Token(INDArray r, INDArray a, INDArray b, INDArray erase, INDArray kept, INDArray added,
            int validity) {
    }

    private void step(Token token) {
        trace(MathTensor.STATE_BEFORE, state);
        INDArray slotReads = times(state, token.r);
        INDArray scores = topK(scores(slotReads, token.r));
        INDArray shifted = Transforms.exp(scores.sub(scores.max(true, 1)));
        INDArray routes = shifted.div(shifted.sum(true, 1)).mul(token.validity);

        trace(MathTensor.SLOT_READS, slotReads);
        trace(MathTensor.READ_SCORES, scores);
        record(MathTensor.READ_ROUTES_PER_HEAD, routes);
        record(MathTensor.READ_ROUTES, routes.mean(0));
        record(MathTensor.RAW_READS, slotReads.mul(routes.reshape(n, k, 1)).sum(1));
        record(MathTensor.WRITE_ROUTES, chosen().mul(token.validity));

        INDArray candidate = candidate(token);
        trace(MathTensor.CANDIDATE_STATE, candidate);
        state = token.validity == 0 ? state : select(candidate);
        trace(MathTensor.STATE_AFTER, state);
        long next = position + token.validity;
        positions.add(new long[]{position, next});
        position = next;
    }

    /** {@code S'} of math.md §4 step 6, for every slot. */
    private INDArray candidate(Token token) {
        INDArray gated = times(state, token.a).mul(token.erase.reshape(n, 1, r));
        INDArray erased = gated.reshape(n, k, r, 1).mul(token.b.reshape(n, 1, 1, r));
        return state.mul(token.kept).add(token.added).add(erased);
    }

    /** {@code Σ_j M[.., i, j] · x[j]} for every slot: [N, K, r]. */
    private INDArray times(INDArray matrices, INDArray x) {
        return matrices.mul(x.reshape(n, 1, 1, r)).sum(3);
    }

    private INDArray scores(INDArray slotReads, INDArray rToken) {
        INDArray dot = slotReads.mul(rToken.reshape(n, 1, r)).sum(2);
        if (config.semanticsVersion() == 2) {
            INDArray readNorm = Transforms.max(slotReads.norm2(2), COSINE_EPS);
            INDArray rNorm = Transforms.max(rToken.norm2(true, 1), COSINE_EPS);
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
        return Arrays64.of(kept, n, k);
    }

    /** The candidate in the slot that the current position writes, the state as it is in the others. */
    private INDArray select(INDArray candidate) {
        INDArray written = state.dup();
        INDArrayIndex[] slot = {all(), point(slot(position)), all(), all()};
        written.put(slot, candidate.get(slot));
        return written;
    }

    /** One-hot of the slot that the current position writes, [K]. */
    private INDArray chosen() {
        double[] oneHot = new double[k];
        oneHot[slot(position)] = 1;
        return Arrays64.of(oneHot, k);
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

    private INDArray row(INDArray all, int t) {
        return all.slice(t).reshape('c', n, r);
    }

    private INDArray square(INDArray all, int t) {
        return all.slice(t).reshape('c', n, 1, r, r);
    }

    private void trace(MathTensor name, INDArray values) {
        if (stepTrace) {
            record(name, values);
        }
    }

    private void record(MathTensor name, INDArray values) {
        steps.computeIfAbsent(name, first -> new ArrayList<>()).add(Arrays64.values(values));
    }

    private Tensor stacked(MathTensor name, long... dims) {
        List<double[]> rows = steps.getOrDefault(name, List.of());
        double[] all = new double[Shape.of(dims).count() * rows.size()];
        for (int t = 0; t < rows.size(); t++) {
            System.arraycopy(rows.get(t), 0, all, t * rows.get(t).length, rows.get(t).length);
        }
        return Tensor.ofDoubles(Shape.of(dims).prepend(rows.size()).prepend(1), all);
    }
}
