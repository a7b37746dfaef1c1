package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What state.md asks of a session's state in memory: reset, raw get and set, read-only calls, failures without effect. */
@TestInstance(Lifecycle.PER_CLASS)
final class SessionStateTests {
    /** Roll-over, masks, three sequences' first, both semantics, large values. */
    private static final List<String> CASES = List.of("basic", "batch-mask", "chunk-rollover", "streaming",
            "semantics-2", "large-state", "all-masked");

    private final List<MemoryRuntime> runtimes = new ArrayList<>();

    /** A property of one case on one runtime. */
    @FunctionalInterface
    private interface Check {
        void on(Subject subject) throws Exception;
    }

    @BeforeAll
    void openRuntimes() {
        runtimes.add(new ReferenceRuntime());
        runtimes.add(NativeRuntime.open());
    }

    @AfterAll
    void closeRuntimes() {
        runtimes.forEach(MemoryRuntime::close);
    }

    private Stream<DynamicTest> everywhere(Check check) {
        return runtimes.stream()
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
                assertThat(Subject.sameBits(used.forward(subject.layer(), subject.input()),
                        fresh.forward(subject.layer(), subject.input()))).isTrue();
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
                assertThat(Subject.sameBits(session.forward(subject.layer(), subject.input()),
                        undisturbed.forward(subject.layer(), subject.input()))).isTrue();
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
                assertThat(Subject.sameBits(session.forward(subject.layer(), subject.input()),
                        undisturbed.forward(subject.layer(), subject.input()))).isTrue();
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
        try (Subject subject = Subject.of("basic", runtimes.getLast()); MemorySession session = subject.start()) {
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
            assertThatThrownBy(() -> Subject.load(heads2, runtimes.getLast()))
                    .isInstanceOf(NotEvaluatedException.class)
                    .hasMessageStartingWith("the runtime native does not support this sidecar: ")
                    .hasMessageContaining("num_state_heads").hasMessageContaining("expected 1, found 2");
        }
    }

    @Test
    void layersOfASidecarHaveStatesOfTheirOwn() throws Exception {
        for (MemoryRuntime runtime : runtimes) {
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
