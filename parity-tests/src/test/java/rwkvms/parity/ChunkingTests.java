package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.Stage;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * However a streaming sequence is cut into calls, its tensors, final state, position and previous source are the same:
 * bit for bit on the reference and, up to the readout, on the C++ runtime; elsewhere within the tolerance, or within what float32
 * can know (state.md, contract line 7; microbatch sizes of llama-cpp.md).
 */
final class ChunkingTests {
    private static final List<Integer> MICROBATCHES = List.of(1, 2, 7, 8, 9, 16, 64);
    /** Tokens of a long call: two microbatches of 64 and a rest. */
    private static final int LONG = 130;
    private static final long SEED = 20_130;
    /** Scale of hidden states, as in the fixtures. */
    private static final double HIDDEN_SCALE = 0.125;
    private static final int MASKED_EVERY = 11;
    /** Cases whose weights run the long sequence; they differ in sizes, slot roll-over, semantics, norms and top-k. */
    private static final List<String> LONG_CASES = List.of("basic", "chunk-rollover", "semantics-2", "rank-16",
            "three-states", "topk-2", "real-size", "real-size-full-attention");

    @TestFactory
    Stream<DynamicTest> everySplitOfEveryCase() {
        List<DynamicTest> tests = new ArrayList<>();
        for (GoldenCase golden : Cases.committed()) {
            int tokens = golden.fixture().pass().seqLen();
            for (MemoryRuntime runtime : ParityRuntimes.all()) {
                if (tokens > 1 && ParityRuntimes.gap(golden, runtime).isEmpty()) {
                    List<List<Integer>> cuts = cuts(tokens, runtime);
                    tests.add(DynamicTest.dynamicTest(golden.name() + " on " + runtime.name() + ", " + cuts.size()
                            + " ways to cut " + tokens + " tokens", () -> everySplit(golden, runtime, cuts)));
                }
            }
        }
        return tests.stream();
    }

    /** Token by token, and every split in two; only the middle one for the oracle, which takes a millisecond per token. */
    private static List<List<Integer>> cuts(int tokens, MemoryRuntime runtime) {
        List<List<Integer>> cuts = new ArrayList<>(List.of(Chunks.ofSize(1, tokens)));
        if (isOracle(runtime)) {
            cuts.add(List.of(tokens / 2, tokens));
        } else {
            IntStream.range(1, tokens).forEach(split -> cuts.add(List.of(split, tokens)));
        }
        return cuts;
    }

    private static boolean isOracle(MemoryRuntime runtime) {
        return runtime.name().equals(Nd4jRuntime.NAME);
    }

    private static void everySplit(GoldenCase golden, MemoryRuntime runtime, List<List<Integer>> cuts)
            throws NotEvaluatedException {
        FixtureRun run = new FixtureRun(golden.fixture());
        for (int row = 0; row < golden.fixture().pass().batchSize(); row++) {
            ForwardInput recorded = run.input(row);
            ForwardInput streaming = new ForwardInput(recorded.hiddenStates(), recorded.mask(), false, false,
                    Taps.STEP_TRACE);
            same(golden, runtime, run.initialState(row), streaming, cuts);
        }
    }

    @TestFactory
    Stream<DynamicTest> microbatchesOfALongCall() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : LONG_CASES) {
            GoldenCase golden = Cases.committed(name);
            for (MemoryRuntime runtime : runtimesOfLongCalls(name)) {
                tests.add(DynamicTest.dynamicTest(name + " with " + LONG + " tokens on " + runtime.name()
                        + " in microbatches of " + sizes(runtime), () -> microbatches(golden, runtime)));
            }
        }
        return tests.stream();
    }

    /** All runtimes for the first case, all but the oracle for the others. */
    private static List<MemoryRuntime> runtimesOfLongCalls(String name) {
        return ParityRuntimes.all().stream().filter(runtime -> !isOracle(runtime) || name.equals(LONG_CASES.getFirst()))
                .toList();
    }

    private static List<Integer> sizes(MemoryRuntime runtime) {
        return isOracle(runtime) ? List.of(7, 64) : MICROBATCHES;
    }

    private static void microbatches(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
        LayerState initial = new FixtureRun(golden.fixture()).initialState(0);
        same(golden, runtime, initial, longInput(golden.fixture().config()),
                sizes(runtime).stream().map(size -> Chunks.ofSize(size, LONG)).toList());
    }

    /** A call with every eleventh token masked, so that microbatches begin and end on masked tokens too. */
    private static ForwardInput longInput(MemoryConfig config) {
        Random random = new Random(SEED);
        double[] hidden = IntStream.range(0, LONG * config.hiddenSize())
                .mapToDouble(i -> random.nextGaussian() * HIDDEN_SCALE)
                .toArray();
        boolean[] valid = new boolean[LONG];
        for (int t = 0; t < LONG; t++) {
            valid[t] = t % MASKED_EVERY != MASKED_EVERY - 1;
        }
        return ForwardInput.of(Tensor.ofRounded(Shape.of(LONG, config.hiddenSize()), hidden))
                .withMask(Tensor.ofBooleans(Shape.of(LONG), valid));
    }

    private static void same(GoldenCase golden, MemoryRuntime runtime, LayerState initial, ForwardInput input,
            List<List<Integer>> cuts) throws NotEvaluatedException {
        int layer = golden.fixture().pass().layer();
        try (LoadedMemory memory = Cases.load(golden, runtime)) {
            Chunks.Run whole = Chunks.run(memory, layer, initial, input, List.of(input.tokens()));
            ModelLimits limits = ModelLimits.of(golden.fixture().config(), golden.sidecar().orElseThrow().layer(layer),
                    initial, input);
            for (List<Integer> cut : cuts) {
                Chunks.Run cutUp = Chunks.run(memory, layer, initial, input, cut);
                String where = golden.name() + " cut before " + cut;
                if (!isOracle(runtime)) {
                    sameBits(where, cutUp, whole, runtime.name().equals(ReferenceRuntime.NAME));
                }
                assertThat(cutUp.tensors().names()).as(where).isEqualTo(whole.tensors().names());
                new Agreement(layer, limits.compare(withState(cutUp), withState(whole), ModelLimits.TWO_RUNS)).judge(
                        runtime.name() + " chunked against whole", golden.name(), where);
                assertThat(cutUp.state().position()).as(where).isEqualTo(whole.state().position());
            }
        }
    }

    private static void sameBits(String where, Chunks.Run cutUp, Chunks.Run whole, boolean withReadout) {
        assertThat(cutUp.state().sameBits(whole.state())).as(where + ": state").isTrue();
        for (MathTensor name : whole.tensors().names()) {
            Stage stage = name.stage().orElseThrow();
            if (withReadout || (stage != Stage.READOUT && stage != Stage.DELTA)) {
                assertThat(cutUp.tensors().get(name).sameBits(whole.tensors().get(name)))
                        .as(where + ": " + name.label()).isTrue();
            }
        }
    }

    private static TensorSet withState(Chunks.Run run) {
        Map<MathTensor, Tensor> all = new EnumMap<>(MathTensor.class);
        run.tensors().names().forEach(name -> all.put(name, run.tensors().get(name)));
        all.put(MathTensor.FINAL_STATE, batched(run.state().state()));
        all.put(MathTensor.FINAL_PREVIOUS_SOURCE, batched(run.state().previousSource()));
        return TensorSet.of(all);
    }

    private static Tensor batched(Tensor tensor) {
        return tensor.reshape(tensor.shape().prepend(1));
    }
}
