package rwkvms.parity.budget;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;

/**
 * Scan (math.md §4). The state carries its error from token to token: a kept one shrinks by the decay, each write adds its
 * own roundings. A route's error is its score's, so that a large state, whose scores are large, has routes known less well.
 * Where two scores around the k-th place lie within their errors of each other, an evaluation may read another slot, and
 * there is no bound below 1.
 */
final class ScanBudget {
    /** semantics.md, version 2. */
    private static final double COSINE_FLOOR = 1e-6;
    /** Roundings of a softmax besides its sum: exp, the quotient, and the product with the validity. */
    private static final double SOFTMAX = Float32.FUNCTION + 2;

    private final Float32 float32;
    private final MemoryConfig config;
    private final int heads;
    private final int slots;
    private final int rank;
    private final Bound[] state; // [N, K, r, r]
    private final Map<MathTensor, List<Bound>> steps = new EnumMap<>(MathTensor.class);
    private long position;

    ScanBudget(Float32 float32, MemoryConfig config, Bound[] state, long position) {
        this.float32 = float32;
        this.config = config;
        this.heads = config.numStateHeads();
        this.slots = config.numStates();
        this.rank = config.rank();
        this.state = state.clone();
        this.position = position;
    }

    Bound[] state() {
        return state.clone();
    }

    /** Every token's tensors, one after the other. */
    Map<MathTensor, List<Bound>> steps() {
        return steps;
    }

    /** The next token; gives its raw reads [D]. */
    Bound[] step(FeaturesBudget.Features f, CoefficientsBudget.Coefficients c, boolean valid) {
        add(MathTensor.STATE_BEFORE, state);
        List<Bound[]> routes = new ArrayList<>();
        Bound[] rawReads = new Bound[heads * rank];
        for (int head = 0; head < heads; head++) {
            routes.add(read(head, Float32.slice(f.r(), head * rank, rank), valid, rawReads));
        }
        add(MathTensor.READ_ROUTES, averaged(routes));
        add(MathTensor.RAW_READS, rawReads);
        int slot = (int) (position / config.chunkSize() % slots);
        Bound[] written = new Bound[slots];
        Arrays.fill(written, Bound.ZERO);
        written[slot] = valid ? Bound.ONE : Bound.ZERO;
        add(MathTensor.WRITE_ROUTES, written);
        Bound[] candidate = candidate(f, c);
        add(MathTensor.CANDIDATE_STATE, candidate);
        if (valid) {
            for (int head = 0; head < heads; head++) {
                int first = (head * slots + slot) * rank * rank;
                System.arraycopy(candidate, first, state, first, rank * rank);
            }
            position++;
        }
        add(MathTensor.STATE_AFTER, state);
        return rawReads;
    }

    private void add(MathTensor name, Bound[] values) {
        steps.computeIfAbsent(name, first -> new ArrayList<>()).addAll(Arrays.asList(values));
    }

    private Bound[] read(int head, Bound[] r, boolean valid, Bound[] rawReads) {
        Bound[][] slotReads = new Bound[slots][rank];
        Bound[] scores = new Bound[slots];
        for (int s = 0; s < slots; s++) {
            for (int i = 0; i < rank; i++) {
                slotReads[s][i] = float32.dot(Float32.slice(state, ((head * slots + s) * rank + i) * rank, rank), r);
            }
            scores[s] = score(slotReads[s], r);
            add(MathTensor.SLOT_READS, slotReads[s]);
        }
        boolean certain = topK(scores);
        add(MathTensor.READ_SCORES, scores);
        Bound[] routes = valid ? routes(scores, certain) : zeros(slots);
        add(MathTensor.READ_ROUTES_PER_HEAD, routes);
        for (int i = 0; i < rank; i++) {
            Bound[] column = new Bound[slots];
            for (int s = 0; s < slots; s++) {
                column[s] = slotReads[s][i];
            }
            rawReads[head * rank + i] = valid ? float32.dot(routes, column) : Bound.ZERO;
        }
        return routes;
    }

    private static Bound[] zeros(int count) {
        Bound[] zeros = new Bound[count];
        Arrays.fill(zeros, Bound.ZERO);
        return zeros;
    }

    private Bound score(Bound[] reads, Bound[] r) {
        Bound dot = float32.dot(reads, r);
        if (config.semanticsVersion() == 2) {
            return float32.over(dot, float32.times(Float32.max(float32.norm(reads), COSINE_FLOOR),
                    Float32.max(float32.norm(r), COSINE_FLOOR)));
        }
        return float32.over(dot, Float32.rounded(Math.sqrt(rank), 0, 1));
    }

    /** Masks as math.md has it; false, and no bound for any score, where an evaluation may choose otherwise. */
    private boolean topK(Bound[] scores) {
        if (!config.masksSlots()) {
            return true;
        }
        boolean[] kept = new boolean[slots];
        double worstKept = Double.POSITIVE_INFINITY;
        for (int place = 0; place < config.readTopK(); place++) {
            int best = -1;
            for (int s = 0; s < slots; s++) {
                if (!kept[s] && (best < 0 || scores[s].value() > scores[best].value())) {
                    best = s;
                }
            }
            kept[best] = true;
            worstKept = Math.min(worstKept, scores[best].value() - scores[best].error());
        }
        double bestMasked = Double.NEGATIVE_INFINITY;
        for (int s = 0; s < slots; s++) {
            bestMasked = kept[s] ? bestMasked : Math.max(bestMasked, scores[s].value() + scores[s].error());
        }
        boolean certain = worstKept > bestMasked;
        for (int s = 0; s < slots; s++) {
            double value = kept[s] ? scores[s].value() : -Float.MAX_VALUE;
            scores[s] = new Bound(value, certain ? kept[s] ? scores[s].error() : 0 : Double.POSITIVE_INFINITY);
        }
        return certain;
    }

    /**
     * Softmax. The largest score cancels exactly; what is left is each score's error and the rounding of its distance from the
     * largest, in the exponent, and a few roundings of the result.
     */
    private Bound[] routes(Bound[] scores, boolean certain) {
        double max = Double.NEGATIVE_INFINITY;
        for (Bound score : scores) {
            max = Math.max(max, score.value());
        }
        double[] weights = new double[slots];
        double[] exponents = new double[slots];
        double total = 0;
        double widest = 0;
        for (Bound score : scores) {
            widest = Math.max(widest, score.error());
        }
        for (int s = 0; s < slots; s++) {
            weights[s] = StrictMath.exp(scores[s].value() - max);
            exponents[s] = scores[s].error() + Float32.U * (max - scores[s].value() + 2 * widest);
            total += weights[s];
        }
        Bound[] routes = new Bound[slots];
        for (int s = 0; s < slots; s++) {
            double high = weights[s] * StrictMath.exp(exponents[s]);
            double low = weights[s] * StrictMath.exp(-exponents[s]);
            double othersLow = 0;
            double othersHigh = 0;
            for (int other = 0; other < slots; other++) {
                if (other != s) {
                    othersLow += weights[other] * StrictMath.exp(-exponents[other]);
                    // a masked slot's weight stays 0, however far its exponent may be off
                    othersHigh += weights[other] == 0 ? 0 : weights[other] * StrictMath.exp(exponents[other]);
                }
            }
            double value = weights[s] / total;
            double error = weights[s] == 0
                    ? 0
                    : Math.max(high / (high + othersLow) - value, value - low / (low + othersHigh));
            Bound route = Float32.rounded(value, Double.isNaN(error) ? 1 : error, 2 * SOFTMAX + slots);
            routes[s] = new Bound(value, certain ? Math.min(1, route.error()) : 1);
        }
        return routes;
    }

    private Bound[] averaged(List<Bound[]> perHead) {
        if (heads == 1) {
            return perHead.getFirst();
        }
        Bound[] mean = new Bound[slots];
        for (int s = 0; s < slots; s++) {
            Bound[] ofSlot = new Bound[heads];
            for (int head = 0; head < heads; head++) {
                ofSlot[head] = perHead.get(head)[s];
            }
            mean[s] = float32.over(float32.sum(ofSlot), Bound.exact(heads));
        }
        return mean;
    }

    /** {@code S'} for every slot. */
    private Bound[] candidate(FeaturesBudget.Features f, CoefficientsBudget.Coefficients c) {
        Bound[] candidate = new Bound[state.length];
        Bound eraseGate = Float32.rounded(config.eraseGate(), 0, 1);
        for (int head = 0; head < heads; head++) {
            int first = head * rank;
            Bound[] a = Float32.slice(f.a(), first, rank);
            for (int row = 0; row < slots * rank; row++) {
                int i = first + row % rank;
                int at = (head * slots * rank + row) * rank;
                Bound corr = float32.dot(Float32.slice(state, at, rank), a);
                Bound written = float32.times(c.write()[i], f.v()[i]);
                Bound erased = float32.times(float32.times(eraseGate, c.erase()[i]), corr);
                for (int j = 0; j < rank; j++) {
                    Bound kept = float32.times(float32.times(c.keep()[i], c.decay()[first + j]), state[at + j]);
                    candidate[at + j] = float32.plus(
                            float32.plus(kept, float32.times(written, f.k()[first + j])),
                            float32.times(erased, f.b()[first + j]));
                }
            }
        }
        return candidate;
    }
}
