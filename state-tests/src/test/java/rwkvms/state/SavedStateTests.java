package rwkvms.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.DType;
import rwkvms.fixtures.Tensor;
import rwkvms.nativeruntime.NativeMemory;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.Taps;
import rwkvms.sidecar.DeltaHead;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.SyntheticSidecar;
import rwkvms.sidecar.UpdateMode;

/** Contract lines 1 and 7 of state.md, and that both runtimes write the same payload for the same state. */
final class SavedStateTests {
    /** Across every slot, with masked tokens, around the ring and into it again. */
    private static final int[] STORY = {0, 1, 2, 3, 4, 5, 1, 3, 2};

    @FunctionalInterface
    private interface Check {
        void on(SmallMemory memory) throws Exception;
    }

    private static Stream<DynamicTest> everywhere(Check check) {
        return Runtimes.all().stream().flatMap(runtime -> Stream.of(1, 2)
                .map(semantics -> DynamicTest.dynamicTest("semantics " + semantics + " on " + runtime.name(), () -> {
                    try (SmallMemory memory = SmallMemory.on(runtime, SmallMemory.SIZES.withVersions(2, semantics),
                            SmallMemory.SEED)) {
                        check.on(memory);
                    }
                })));
    }

    private static int[] until(int split) {
        return IntStream.range(0, split).map(i -> STORY[i]).toArray();
    }

    @TestFactory
    Stream<DynamicTest> continuingFromARestoredSessionIsNeverHavingStopped() {
        return everywhere(memory -> {
            for (int split = 0; split <= STORY.length; split++) {
                try (MemorySession through = memory.after(until(split)); MemorySession restored = memory.newSession()) {
                    byte[] saved = through.saveState();
                    restored.loadState(saved);
                    assertThat(restored.saveState()).as("save, load, save at %d", split).isEqualTo(saved);
                    for (int next = split; next < STORY.length; next++) {
                        assertThat(SmallMemory.sameOutputs(memory.forward(restored, SmallMemory.block(STORY[next])),
                                memory.forward(through, SmallMemory.block(STORY[next])))).as("split %d", split)
                                .isTrue();
                    }
                    assertThat(restored.saveState()).isEqualTo(through.saveState());
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> nothingOfAUsedTargetSurvives() {
        return everywhere(memory -> {
            try (MemorySession source = memory.after(2, 1); MemorySession dirty = memory.after(STORY)) {
                dirty.loadState(source.saveState());
                assertThat(SmallMemory.sameBits(memory.states(dirty), memory.states(source))).isTrue();
                assertThat(SmallMemory.sameOutputs(memory.forward(dirty, SmallMemory.block(4)),
                        memory.forward(source, SmallMemory.block(4)))).isTrue();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> newSessionHasAPayloadToo() {
        return everywhere(memory -> {
            try (MemorySession fresh = memory.newSession(); MemorySession used = memory.after(STORY)) {
                used.loadState(fresh.saveState());
                assertThat(SmallMemory.sameBits(memory.states(used), memory.states(memory.newSession()))).isTrue();
                assertThat(used.saveState()).isEqualTo(fresh.saveState());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> valuesOfEveryKindSurvive() {
        return everywhere(memory -> {
            float[] odd = {-0f, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MIN_NORMAL, 1500, -1e-20f};
            try (MemorySession session = memory.newSession(); MemorySession restored = memory.newSession()) {
                for (int layer : memory.sidecar().layers()) {
                    LayerState zero = session.state(layer);
                    session.setState(layer, new LayerState(filled(zero.state(), odd), Long.MAX_VALUE / 2,
                            filled(zero.previousSource(), odd)));
                }
                restored.loadState(session.saveState());
                assertThat(SmallMemory.sameBits(memory.states(restored), memory.states(session))).isTrue();
            }
        });
    }

    private static Tensor filled(Tensor tensor, float... pattern) {
        float[] values = new float[tensor.count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = pattern[i % pattern.length];
        }
        return Tensor.ofFloats(tensor.shape(), values);
    }

    @TestFactory
    Stream<DynamicTest> layersOutOfStepCannotBeSaved() {
        return everywhere(memory -> {
            try (MemorySession session = memory.after(0)) {
                session.forward(2, SmallMemory.block(2));
                RuntimeFailure refusal = catchThrowableOfType(RuntimeFailure.class, session::saveState);
                assertThat(refusal.fault()).contains(StateFault.STATE_STEP);
                assertThat(refusal).hasMessageContaining("layers out of step").hasMessageContaining("layer 2")
                        .hasMessageContaining("expected 1").hasMessageContaining("found 4");
            }
        });
    }

    /** Bit for bit on the reference; the C++ runtime's products may add in another order for another number of tokens. */
    @TestFactory
    Stream<DynamicTest> oneTokenAtATimeOrAllAtOnceIsTheSameState() {
        return everywhere(memory -> {
            Tensor hidden = SmallMemory.block(3).hiddenStates();
            for (int more = 0; more < 4; more++) {
                hidden = Tensor.concatenate(hidden, SmallMemory.block(3 + 4 * more).hiddenStates());
            }
            ForwardInput whole = ForwardInput.of(hidden).withTaps(Taps.DELTAS);
            try (MemorySession once = memory.newSession()) {
                memory.forward(once, whole);
                for (int chunk : new int[]{1, 2, 3, 5, 7}) {
                    try (MemorySession split = memory.newSession()) {
                        for (int at = 0; at < whole.tokens(); at += chunk) {
                            memory.forward(split, whole.tokens(at, Math.min(whole.tokens(), at + chunk)));
                        }
                        assertThat(largestDifference(memory, split, once)).as("chunks of %d", chunk)
                                .isLessThanOrEqualTo(memory.memory() instanceof NativeMemory
                                        ? 1e-6
                                        : 0);
                    }
                }
            }
        });
    }

    private static double largestDifference(SmallMemory memory, MemorySession one, MemorySession other) {
        double largest = 0;
        for (int layer : memory.sidecar().layers()) {
            assertThat(one.state(layer).position()).isEqualTo(other.state(layer).position());
            double[] a = one.state(layer).state().toDoubles();
            double[] b = other.state(layer).state().toDoubles();
            for (int i = 0; i < a.length; i++) {
                largest = Math.max(largest, Math.abs(a[i] - b[i]));
            }
        }
        return largest;
    }

    @Test
    void eachRuntimeReadsWhatTheOtherWroteByteForByte() throws Exception {
        try (SmallMemory reference = SmallMemory.on(Runtimes.reference());
                SmallMemory cpp = SmallMemory.on(Runtimes.cpp());
                MemorySession java = reference.after(STORY);
                MemorySession nativ = cpp.newSession()) {
            byte[] written = java.saveState();
            nativ.loadState(written);
            assertThat(nativ.saveState()).isEqualTo(written);
            assertThat(SmallMemory.sameBits(cpp.states(nativ), reference.states(java))).isTrue();
            cpp.forward(nativ, SmallMemory.block(5));
            byte[] back = nativ.saveState();
            java.loadState(back);
            assertThat(java.saveState()).isEqualTo(back);
        }
    }

    /** Two implementations of one description, over every setting that the fingerprint covers. */
    @TestFactory
    Stream<DynamicTest> fingerprintsAgree() throws Exception {
        SyntheticSidecar small = SmallMemory.SIZES;
        List<SyntheticSidecar> all = List.of(small, small.withVersions(2, 2), small.withAlpha(0.3),
                small.withEraseGate(0.7), small.withReadTopK(2), small.withNormalizeQk(false),
                small.withCoupleLambda(false), small.withRankwiseGates(false), small.withChunkSize(4),
                small.withUpdateMode(UpdateMode.NO_LAMBDA),
                small.withUpdateMode(UpdateMode.LAMBDA_OUTSIDE),
                small.withDtype(DType.FLOAT32), small.withDtype(DType.FLOAT16),
                small.withBase("other", "ab".repeat(32)),
                small.withDeltaHeads(List.of(DeltaHead.values())), small.withNumStates(2));
        List<String> java = new ArrayList<>();
        for (SyntheticSidecar sizes : all) {
            java.add(fingerprint(sizes));
        }
        Stream<DynamicTest> agree = IntStream.range(0, all.size())
                .mapToObj(i -> DynamicTest.dynamicTest("sidecar " + i, () -> {
                    try (SmallMemory cpp = SmallMemory.on(Runtimes.cpp(), all.get(i), SmallMemory.SEED)) {
                        byte[] fingerprint = ((NativeMemory) cpp.memory()).fingerprint();
                        assertThat(HexFormat.of().formatHex(fingerprint)).isEqualTo(java.get(i));
                    }
                }));
        return Stream.concat(agree, Stream.of(DynamicTest.dynamicTest("no two are the same",
                () -> assertThat(java).doesNotHaveDuplicates())));
    }

    private static String fingerprint(SyntheticSidecar sizes) throws Exception {
        try (Sidecar sidecar = SmallMemory.sidecar(sizes, SmallMemory.SEED)) {
            return StateIdentity.of(sidecar).fingerprint();
        }
    }
}
