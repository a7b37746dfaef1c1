package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Consequences of math.md that need no expected value, on every runtime and on models of any settings. */
final class InvariantProperties {
    private static final int TRIES = 10;

    @Provide
    Arbitrary<RandomModel> models() {
        return RandomModels.oneHead();
    }

    @Property(tries = TRIES)
    void maskedTokensLeaveNoTrace(@ForAll("models") RandomModel model) {
        List<Integer> valid = validTokens(model.input());
        if (valid.isEmpty()) {
            return;
        }
        ForwardInput rest = only(model.input(), valid);
        model.onEveryRuntime(opened -> {
            TensorSet all = opened.run(model.initial(), model.input());
            TensorSet without = opened.run(model.initial(), rest);
            TensorSet remaining = rows(all, valid);
            if (opened.runtime().equals(ReferenceRuntime.NAME)) {
                sameBits(without, remaining);
            }
            ModelLimits limits = opened.limits(model.initial(), rest);
            without.names().stream().filter(name -> name.hasTokens() || name == MathTensor.FINAL_STATE)
                    .forEach(name -> isClose(opened, limits, model, name, without.get(name), remaining.get(name)));
        });
    }

    @Property(tries = TRIES)
    void callOfMaskedTokensChangesNothing(@ForAll("models") RandomModel model) {
        ForwardInput masked = model.input()
                .withMask(Tensor.ofBooleans(Shape.of(model.sizes().tokens()), new boolean[model.sizes().tokens()]));
        model.onEveryRuntime(opened -> {
            assertThat(opened.stateAfter(model.initial(), masked).sameBits(model.initial())).as(opened.runtime())
                    .isTrue();
            TensorSet out = opened.run(model.initial(), masked);
            areZero(opened, out, MathTensor.RAW_READS, MathTensor.READ_ROUTES, MathTensor.READS);
        });
    }

    @Property(tries = TRIES)
    void aValidTokenWritesItsSlotAndNoOther(@ForAll("models") RandomModel model) {
        int states = model.sizes().config().numStates();
        model.onEveryRuntime(opened -> {
            TensorSet out = opened.run(model.initial(), model.input());
            long position = model.initial().position();
            for (int t = 0; t < model.sizes().tokens(); t++) {
                boolean valid = model.input().mask().orElseThrow().booleanAt(t);
                String where = opened.runtime() + ", token " + t;
                long slot = position / model.sizes().config().chunkSize() % states;
                assertThat(out.get(MathTensor.POSITIONS_BEFORE).longAt(t)).as(where).isEqualTo(position);
                assertThat(out.get(MathTensor.SLOT_INDICES).longAt(t)).as(where).isEqualTo(slot);
                for (int s = 0; s < states; s++) {
                    Tensor before = slot(out.get(MathTensor.STATE_BEFORE), t * states + s);
                    Tensor after = slot(out.get(MathTensor.STATE_AFTER), t * states + s);
                    boolean written = valid && s == slot;
                    assertThat(after.sameBits(before)).as(where + ", slot " + s).isEqualTo(!written);
                }
                position += valid ? 1 : 0;
            }
            assertThat(out.get(MathTensor.FINAL_POSITIONS).longAt(0)).isEqualTo(position);
        });
    }

    @Property(tries = TRIES)
    void turningTheRingOfSlotsTurnsTheRoutes(@ForAll("models") RandomModel drawn) {
        // equal scores at the k-th place go to the lowest index, which turning changes
        RandomModel model = new RandomModel(drawn.sizes().withTopK(0), drawn.seed(), 1);
        int states = model.sizes().config().numStates();
        LayerState initial = model.initial();
        LayerState turned = new LayerState(turned(initial.state(), 1, states),
                initial.position() + model.sizes().config().chunkSize(), initial.previousSource());
        model.onEveryRuntime(opened -> {
            TensorSet expected = opened.run(initial, model.input());
            TensorSet found = opened.run(turned, model.input());
            ModelLimits limits = opened.limits(turned, model.input());
            isClose(opened, limits, model, MathTensor.READ_ROUTES, found.get(MathTensor.READ_ROUTES),
                    turned(expected.get(MathTensor.READ_ROUTES), model.sizes().tokens(), states));
            isClose(opened, limits, model, MathTensor.FINAL_STATE, found.get(MathTensor.FINAL_STATE),
                    turned(expected.get(MathTensor.FINAL_STATE), 1, states));
            isClose(opened, limits, model, MathTensor.RAW_READS, found.get(MathTensor.RAW_READS),
                    expected.get(MathTensor.RAW_READS));
        });
    }

    @Property(tries = TRIES)
    void anEmptyStateReadsZeroAtTheFirstToken(@ForAll("models") RandomModel model) {
        model.onEveryRuntime(opened -> {
            try (MemorySession session = opened.memory().newSession()) {
                TensorSet out = session.forward(RandomModel.LAYER, model.input().tokens(0, 1));
                areZero(opened, out, MathTensor.RAW_READS, MathTensor.READS);
            }
        });
    }

    @Property(tries = TRIES)
    void deltasAreLinearInTheirProjection(@ForAll("models") RandomModel model) {
        Map<String, TensorSet> single = new HashMap<>();
        model.onEveryRuntime(opened -> single.put(opened.runtime(), opened.run(model.initial(), model.input())));
        model.withDeltaFactor(2).onEveryRuntime(opened -> {
            TensorSet twice = opened.run(model.initial(), model.input());
            TensorSet once = Objects.requireNonNull(single.get(opened.runtime()));
            for (MathTensor name : once.names()) {
                boolean delta = name.name().startsWith("DELTA_");
                double[] expected = once.get(name).toDoubles();
                double factor = delta ? 2 : 1;
                assertThat(twice.get(name).toDoubles()).as(opened.runtime() + ": " + name)
                        .isEqualTo(IntStream.range(0, expected.length).mapToDouble(i -> factor * expected[i])
                                .toArray());
            }
        });
    }

    @Property(tries = TRIES)
    void readOnlyGivesTheSameAndKeepsTheState(@ForAll("models") RandomModel model) {
        model.onEveryRuntime(opened -> {
            assertThat(opened.stateAfter(model.initial(), model.input().asReadOnly()).sameBits(model.initial()))
                    .as(opened.runtime()).isTrue();
            TensorSet reading = opened.run(model.initial(), model.input().asReadOnly());
            TensorSet writing = opened.run(model.initial(), model.input());
            writing.names().stream().filter(name -> name.name().startsWith("DELTA_"))
                    .forEach(name -> assertThat(reading.get(name).sameBits(writing.get(name)))
                            .as(opened.runtime() + ": " + name).isTrue());
        });
    }

    @Property(tries = TRIES)
    void sequencesDoNotTouchEachOther(@ForAll("models") RandomModel model) {
        ForwardInput input = model.input();
        List<Integer> tokens = Chunks.ofSize(1, input.tokens());
        LayerState other = new LayerState(model.initial().state(), 0, model.initial().previousSource());
        model.onEveryRuntime(opened -> {
            LayerState alone = Chunks.run(opened.memory(), RandomModel.LAYER, model.initial(), input, tokens).state();
            try (MemorySession first = opened.memory().newSession();
                    MemorySession second = opened.memory().newSession()) {
                first.setState(RandomModel.LAYER, model.initial());
                second.setState(RandomModel.LAYER, other);
                for (int t = 0; t < input.tokens(); t++) {
                    first.forward(RandomModel.LAYER, input.tokens(t, t + 1));
                    second.forward(RandomModel.LAYER, input.tokens(input.tokens() - 1 - t, input.tokens() - t));
                }
                assertThat(first.state(RandomModel.LAYER).sameBits(alone)).as(opened.runtime()).isTrue();
            }
        });
    }

    private static void isClose(RandomModel.LoadedModel opened, ModelLimits limits, RandomModel model, MathTensor name,
            Tensor actual, Tensor expected) {
        new Agreement(RandomModel.LAYER, limits.compare(TensorSet.of(Map.of(name, actual)),
                TensorSet.of(Map.of(name, expected)), ModelLimits.TWO_RUNS))
                .judge(opened.runtime() + ", invariants", name.label(), model.toString());
    }

    private static void areZero(RandomModel.LoadedModel opened, TensorSet out, MathTensor... names) {
        for (MathTensor name : names) {
            assertThat(DoubleStream.of(out.get(name).toDoubles())).as(opened.runtime() + ": " + name)
                    .allMatch(value -> value == 0);
        }
    }

    private static void sameBits(TensorSet actual, TensorSet expected) {
        for (MathTensor name : actual.names()) {
            assertThat(actual.get(name).sameBits(expected.get(name))).as(name.label()).isTrue();
        }
    }

    private static List<Integer> validTokens(ForwardInput input) {
        return IntStream.range(0, input.tokens()).filter(t -> input.mask().orElseThrow().booleanAt(t)).boxed().toList();
    }

    /** The valid tokens of a call, without a mask. */
    private static ForwardInput only(ForwardInput input, List<Integer> tokens) {
        Tensor hidden = Tensor.concatenate(
                tokens.stream().map(t -> input.hiddenStates().rows(t, t + 1)).toArray(Tensor[]::new));
        return ForwardInput.of(hidden).withTaps(input.taps());
    }

    /** The tensors of a run at some of its tokens; tensors without a token axis stay as they are. */
    private static TensorSet rows(TensorSet all, List<Integer> tokens) {
        Map<MathTensor, Tensor> some = new EnumMap<>(MathTensor.class);
        for (MathTensor name : all.names()) {
            Tensor tensor = all.get(name);
            if (name.hasTokens()) {
                Tensor perToken = Chunks.withoutBatch(tensor);
                Tensor joined = Tensor
                        .concatenate(tokens.stream().map(t -> perToken.rows(t, t + 1)).toArray(Tensor[]::new));
                tensor = joined.reshape(joined.shape().prepend(1));
            }
            some.put(name, tensor);
        }
        return TensorSet.of(some);
    }

    /** One slot of a trace [1, T, 1, K, r, r]. */
    private static Tensor slot(Tensor trace, int index) {
        long r = trace.shape().dim(trace.shape().rank() - 1);
        return trace.reshape(Shape.of(trace.count() / (r * r), r, r)).rows(index, index + 1);
    }

    /** Slots moved up by one, the last becoming the first, in each of {@code groups} groups of {@code slots}. */
    private static Tensor turned(Tensor tensor, int groups, int slots) {
        Tensor perSlot = tensor.reshape(Shape.of((long) groups * slots, tensor.count() / (groups * slots)));
        Tensor turned = Tensor.concatenate(IntStream.range(0, groups * slots)
                .map(i -> i / slots * slots + (i % slots + slots - 1) % slots)
                .mapToObj(i -> perSlot.rows(i, i + 1)).toArray(Tensor[]::new));
        return turned.reshape(tensor.shape());
    }
}
