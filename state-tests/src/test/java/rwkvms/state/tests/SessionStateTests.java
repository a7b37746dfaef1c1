package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The rules of state.md for a session's state in memory: reset, raw get and set, read-only calls, failures without effect. */
final class SessionStateTests {
    /** Roll-over, masks, the first of three sequences, both semantics, large values. */
    private static final List<String> CASES = List.of("basic", "batch-mask", "chunk-rollover", "streaming",
            "semantics-2", "large-state", "all-masked");

    /** A golden case loaded in a runtime: the initial state and the input of its first sequence, as a streaming call. */
    private record Subject(GoldenCase golden, LoadedMemory memory, LayerState initial,
            ForwardInput input) implements AutoCloseable {
        private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

        static Subject of(String name, MemoryRuntime runtime) throws Exception {
            GoldenCase golden = golden(name);
            FixtureRun run = new FixtureRun(golden.fixture());
            ForwardInput recorded = run.input(0);
            return new Subject(golden, load(golden, runtime), run.initialState(0),
                    new ForwardInput(recorded.hiddenStates(), recorded.mask(), false, false, recorded.taps()));
        }

        static LoadedMemory load(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
            return runtime.load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(),
                    golden.fixture().config()));
        }

        static GoldenCase golden(String name) throws Exception {
            return GoldenCase.open(CaseFiles.in(CASES.resolve(name)).orElseThrow());
        }

        int layer() {
            return golden.fixture().pass().layer();
        }

        /** A session that stands where the fixture starts. */
        MemorySession start() {
            MemorySession session = memory.newSession();
            session.setState(layer(), initial);
            return session;
        }

        /** The tokens from one to another, one call each. */
        List<TensorSet> tokens(MemorySession session, int from, int to) {
            return IntStream.range(from, to).mapToObj(t -> session.forward(layer(), input.tokens(t, t + 1))).toList();
        }

        static boolean sameBits(List<TensorSet> some, List<TensorSet> others) {
            return some.size() == others.size() && IntStream.range(0, some.size())
                    .allMatch(call -> some.get(call).sameBits(others.get(call)));
        }

        @Override
        public void close() {
            memory.close();
            golden.close();
        }
    }

    /** A property of one case on one runtime. */
    @FunctionalInterface
    private interface Check {
        void on(Subject subject) throws Exception;
    }

    private static Stream<DynamicTest> everywhere(Check check) {
        return StateRuntimes.all().stream()
                .flatMap(runtime -> CASES.stream()
                        .map(name -> DynamicTest.dynamicTest(name + " on " + runtime.name(), () -> {
                            try (Subject subject = Subject.of(name, runtime)) {
                                check.on(subject);
                            }
                        })));
    }

    @TestFactory
    Stream<DynamicTest> newSessionIsZero() {
        return everywhere(subject -> {
            try (MemorySession session = subject.memory().newSession()) {
                LayerState state = session.state(subject.layer());
                assertThat(state.position()).isZero();
                assertThat(state.state().toDoubles()).containsOnly(0);
                assertThat(state.previousSource().toDoubles()).containsOnly(0);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> resetIsANewSession() {
        return everywhere(subject -> {
            try (MemorySession used = subject.start(); MemorySession fresh = subject.memory().newSession()) {
                used.forward(subject.layer(), subject.input());
                used.reset();
                assertThat(used.state(subject.layer()).sameBits(fresh.state(subject.layer()))).isTrue();
                assertThat(used.forward(subject.layer(), subject.input())
                        .sameBits(fresh.forward(subject.layer(), subject.input()))).isTrue();
                assertThat(used.state(subject.layer()).sameBits(fresh.state(subject.layer()))).isTrue();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> setThenGetGivesTheSameBits() {
        return everywhere(subject -> {
            LayerState odd = new LayerState(withOddBits(subject.initial().state()), Long.MAX_VALUE / 2,
                    withOddBits(subject.initial().previousSource()));
            try (MemorySession session = subject.memory().newSession()) {
                for (LayerState state : List.of(subject.initial(), odd)) {
                    session.setState(subject.layer(), state);
                    assertThat(session.state(subject.layer()).sameBits(state)).isTrue();
                }
            }
        });
    }

    /** Values whose bits a careless copy changes: a negative zero, a subnormal, the largest and the smallest. */
    private static Tensor withOddBits(Tensor tensor) {
        float[] values = tensor.toFloats();
        float[] odd = {-0f, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MIN_NORMAL};
        System.arraycopy(odd, 0, values, 0, odd.length);
        return Tensor.ofFloats(tensor.shape(), values);
    }

    @TestFactory
    Stream<DynamicTest> continuingFromACopyIsNeverHavingStopped() {
        return everywhere(subject -> {
            int tokens = subject.input().tokens();
            for (int split = 0; split <= tokens; split++) {
                try (MemorySession through = subject.start(); MemorySession copy = subject.memory().newSession()) {
                    subject.tokens(through, 0, split);
                    copy.setState(subject.layer(), through.state(subject.layer()));
                    assertThat(Subject.sameBits(subject.tokens(copy, split, tokens),
                            subject.tokens(through, split, tokens))).as("split at " + split).isTrue();
                    assertThat(copy.state(subject.layer()).sameBits(through.state(subject.layer())))
                            .as("split at " + split).isTrue();
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> readOnlyCallLeavesStatePositionAndPredecessorAlone() {
        return everywhere(subject -> {
            try (MemorySession session = subject.start(); MemorySession undisturbed = subject.start()) {
                session.forward(subject.layer(), subject.input().asReadOnly());
                assertThat(session.state(subject.layer()).sameBits(subject.initial())).isTrue();
                assertThat(session.forward(subject.layer(), subject.input())
                        .sameBits(undisturbed.forward(subject.layer(), subject.input()))).isTrue();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> sessionsOfOneMemoryShareNothing() {
        return everywhere(subject -> {
            try (MemorySession first = subject.start(); MemorySession second = subject.memory().newSession()) {
                second.forward(subject.layer(), subject.input());
                assertThat(first.state(subject.layer()).sameBits(subject.initial())).isTrue();
                second.reset();
                assertThat(first.state(subject.layer()).sameBits(subject.initial())).isTrue();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> failedCallChangesNothing() {
        return everywhere(subject -> {
            int unwrapped = 999;
            try (MemorySession session = subject.start(); MemorySession undisturbed = subject.start()) {
                assertThat(catchThrowable(() -> session.forward(unwrapped, subject.input())))
                        .hasMessageContaining(String.valueOf(unwrapped));
                assertThat(catchThrowable(() -> session.forward(subject.layer(), wider(subject.input())))).isNotNull();
                assertThat(session.state(subject.layer()).sameBits(subject.initial())).isTrue();
                assertThat(session.forward(subject.layer(), subject.input())
                        .sameBits(undisturbed.forward(subject.layer(), subject.input()))).isTrue();
            }
        });
    }

    /** Hidden states one value wider than the weights. */
    private static ForwardInput wider(ForwardInput input) {
        Shape shape = input.hiddenStates().shape();
        Shape wide = Shape.of(shape.dim(0), shape.dim(1) + 1);
        return new ForwardInput(Tensor.ofFloats(wide, new float[wide.count()]), input.mask(), false, false,
                input.taps());
    }

    @Test
    void stateOfAnotherSizeIsRefusedByTheCppRuntimeAndChangesNothing() throws Exception {
        try (Subject subject = Subject.of("basic", StateRuntimes.cpp()); MemorySession session = subject.start()) {
            LayerState initial = subject.initial();
            Tensor longer = Tensor.concatenate(initial.previousSource(), initial.previousSource());
            assertThatThrownBy(() -> session.setState(subject.layer(),
                    new LayerState(initial.state(), initial.position() + 1, longer)))
                    .hasMessageStartingWith("rwkv_ms_state_set: ").hasMessageContaining("8").hasMessageContaining("16");
            assertThat(session.state(subject.layer()).sameBits(initial)).isTrue();
        }
    }

    @Test
    void severalStateHeadsAreRefusedByTheCppRuntime() throws Exception {
        try (GoldenCase heads2 = Subject.golden("heads-2")) {
            assertThatThrownBy(() -> Subject.load(heads2, StateRuntimes.cpp()))
                    .isInstanceOf(NotEvaluatedException.class)
                    .hasMessageStartingWith("the runtime native does not support this sidecar: ")
                    .hasMessageContaining("num_state_heads").hasMessageContaining("expected 1, found 2");
        }
    }

    @Test
    void layersOfASidecarHaveStatesOfTheirOwn() throws Exception {
        for (MemoryRuntime runtime : StateRuntimes.all()) {
            try (Subject subject = Subject.of("layer-5", runtime); MemorySession session = subject.start()) {
                TensorSet out = session.forward(subject.layer(), subject.input());
                assertThat(out.names()).isNotEmpty();
                assertThat(subject.golden().sidecar().orElseThrow().layers()).containsExactly(0, 1, 5);
                for (int other : List.of(0, 1)) {
                    assertThat(session.state(other).position()).as(runtime.name()).isZero();
                    assertThat(session.state(other).state().toDoubles()).as(runtime.name()).containsOnly(0);
                }
            }
        }
    }
}
