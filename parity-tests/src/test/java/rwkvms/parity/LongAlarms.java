package rwkvms.parity;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.testing.Shard;
import rwkvms.golden.TiedScores;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/**
 * Sound implementations on random settings and weights as long as a prompt: each value is within the tolerance of exact arithmetic,
 * or within what float32 can know of it. The truth and the limits of a configuration are computed once for all of them, and a
 * tensor with the bits of another implementation's is not compared again.
 */
final class LongAlarms implements AutoCloseable {
    /** The default number of configurations, which takes a few seconds. */
    static final int FEW = 12;
    static final long SEED = 19_700;

    private final List<Member> members = new ArrayList<>();
    private final TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);

    /**
     * An implementation with what was counted on it.
     *
     * @param oneIn it is judged on the first of so many configurations of the shard
     */
    record Member(Implementation implementation, int oneIn, Shares shares) {
        String name() {
            return implementation.name();
        }

        boolean takes(int place) {
            return place % oneIn == 0 && implementation.refused().isEmpty();
        }
    }

    LongAlarms with(Implementation implementation) {
        return with(implementation, 1);
    }

    LongAlarms with(Implementation implementation, int oneIn) {
        members.add(new Member(implementation, oneIn, new Shares()));
        return this;
    }

    List<Member> members() {
        return List.copyOf(members);
    }

    /** Judges the configurations of a shard among so many. */
    void judge(int count, long seed, Shard shard) {
        Random random = new Random(seed);
        for (int i = 0; i < count; i++) {
            RandomModel model = RandomModels.longOneHead(random);
            if (shard.has(i)) {
                String name = "configuration " + i + ", " + model;
                List<Member> takers = taking(shard.place(i));
                model.withSidecar(sidecar -> judge(name, LongCall.of(model, sidecar), takers));
            }
        }
    }

    private List<Member> taking(int place) {
        return members.stream().filter(member -> member.takes(place)).toList();
    }

    private void judge(String name, LongCall call, List<Member> takers) {
        takers.forEach(member -> member.implementation.ask(call));
        Conditioning conditioning = call.conditioning();
        TensorSet exact = conditioning.exact();
        List<Found> all = new ArrayList<>();
        Map<Member, List<Found>> found = new LinkedHashMap<>();
        takers.forEach(member -> found.put(member, found(member.implementation.answer(), exact, all)));
        judgeMissed(call, conditioning, all.stream().filter(each -> !each.missed.isEmpty()).toList());
        found.forEach((member, tensors) -> {
            member.shares.configuration();
            tensors.forEach(each -> member.shares.add(each.shares, name));
        });
    }

    /** The bits of a tensor that one or more implementations gave, beside the truth. */
    private static final class Found {
        private final MathTensor name;
        private final Tensor tensor;
        private final Shares shares = new Shares();
        private final BitSet missed;

        Found(MathTensor name, Tensor tensor, Tensor exact) {
            this.name = name;
            this.tensor = tensor;
            this.missed = shares.plain(tensor, exact);
        }

        boolean is(MathTensor other, Tensor bits) {
            return name == other && tensor.sameBits(bits);
        }
    }

    private static List<Found> found(TensorSet answer, TensorSet exact, List<Found> all) {
        return exact.names().stream()
                .map(name -> all.stream().filter(each -> each.is(name, answer.get(name))).findFirst()
                        .orElseGet(() -> {
                            Found fresh = new Found(name, answer.get(name), exact.get(name));
                            all.add(fresh);
                            return fresh;
                        }))
                .toList();
    }

    /** Judges what misses the tolerance on any implementation at its limit. */
    private void judgeMissed(LongCall call, Conditioning conditioning, List<Found> missing) {
        Map<MathTensor, BitSet> missed = new EnumMap<>(MathTensor.class);
        missing.forEach(each -> missed.computeIfAbsent(each.name, name -> new BitSet()).or(each.missed));
        if (!missed.isEmpty()) {
            TensorSet exact = conditioning.exact();
            TensorSet limits = conditioning.limits(missed);
            BitSet tied = missed.keySet().stream().anyMatch(TiedScores::affect) ? call.tied() : new BitSet();
            missing.forEach(each -> judge(each, exact.get(each.name), limits.get(each.name), tied));
        }
    }

    /** Judges all but the scores and routes of the tokens whose scores tie. */
    private void judge(Found found, Tensor exact, Tensor limits, BitSet tied) {
        KnownLimits known = KnownLimits.of(limits, exact);
        int perToken = exact.count() / exact.shape().dim(1);
        IntPredicate ambiguous = TiedScores.affect(found.name) ? i -> tied.get(i / perToken) : i -> false;
        TensorComparison comparison = comparer.compare(found.name, found.tensor, exact, ambiguous, known);
        found.shares.add(comparison);
        found.missed.stream().filter(i -> !ambiguous.test(i) && !known.unknowable(i))
                .mapToDouble(i -> Math.abs(found.tensor.at(i) - exact.at(i)) / limits.at(i)).filter(share -> share <= 1)
                .forEach(found.shares::known);
    }

    /** The table of docs/error-budget.md. */
    String table() {
        return members.stream().filter(member -> member.implementation.refused().isEmpty())
                .map(member -> member.shares.row(member.name()))
                .collect(Collectors.joining("\n", Shares.head() + "\n", ""));
    }

    @Override
    public void close() {
        members.forEach(member -> member.implementation.close());
    }
}
