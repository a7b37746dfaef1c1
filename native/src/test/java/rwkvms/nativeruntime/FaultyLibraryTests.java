package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.Taps;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Libraries with one fault each (faulty.cpp), and the binding's messages. */
class FaultyLibraryTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");

    private static Path faulty(String fault) {
        return NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("faulty_" + fault));
    }

    private static NativeRuntime open(String fault) {
        return NativeRuntime.open("faulty", faulty(fault), Optional.empty(), 1);
    }

    /** A session on the sidecar of the golden case {@code basic}, with all that it needs. */
    private record OpenMemory(Sidecar sidecar, NativeRuntime runtime, NativeMemory memory, NativeSession session)
            implements
                AutoCloseable {
        static OpenMemory on(NativeRuntime runtime) throws Exception {
            Sidecar sidecar = SidecarReader.open(GOLDEN.resolve("basic").resolve("sidecar.gguf"));
            NativeMemory memory = runtime.load(MemoryModel.of(sidecar));
            return new OpenMemory(sidecar, runtime, memory, memory.newSession());
        }

        int layer() {
            return sidecar.layers().getFirst();
        }

        ForwardInput zeros(int tokens) {
            int width = sidecar.config().hiddenSize();
            return ForwardInput.of(Tensor.ofFloats(Shape.of(tokens, width), new float[tokens * width]));
        }

        @Override
        public void close() {
            session.close();
            memory.close();
            runtime.close();
            sidecar.close();
        }
    }

    @Test
    void anotherAbiAndAMissingFunctionAreRefusedAtLoad() {
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> open("abi").close())
                .withMessage(faulty("abi") + ": rwkv_ms_abi_version: expected 2, found 1;"
                        + " build it against the rwkv_ms.h of this suite");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> open("missing").close())
                .withMessage(faulty("missing") + ": the function rwkv_ms_tap is missing;"
                        + " a runtime exports every function of rwkv_ms.h");
        Exports exports = Exports.of(faulty("missing"));
        assertThat(exports.missing()).containsExactly("rwkv_ms_tap");
        assertThat(exports.found()).hasSize(Exports.HEADER.size() - 1).doesNotContain("rwkv_ms_tap");
    }

    @Test
    void aWriteBehindADeltaIsFoundByItsGuard() throws Exception {
        try (OpenMemory opened = OpenMemory.on(open("overrun"))) {
            NativeSession session = opened.session();
            int layer = opened.layer();
            int bytes = 2 * opened.memory().deltaWidth(layer, DeltaHead.Q) * Float.BYTES;
            // A float of 1 is 00 00 80 3f, and its first byte is another than the guard's already.
            String message = "the library wrote outside its buffer: delta_q, " + bytes + " bytes from its start, behind"
                    + " its " + bytes + " bytes";
            assertThatExceptionOfType(RuntimeFailure.class)
                    .isThrownBy(() -> session.forward(layer, opened.zeros(2))).withMessage(message);
            try (NativeForward forward = session.forward(layer, 2)) {
                assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(forward::run).withMessage(message);
            }
        }
    }

    @Test
    void aWrongSignIsFoundInItsTensor() throws Exception {
        try (NativeRuntime runtime = open("sign");
                GoldenCase golden = GoldenCase.open(CaseFiles.in(GOLDEN.resolve("basic")).orElseThrow())) {
            assertThat(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime))
                    .isInstanceOfSatisfying(CheckResult.class, result -> {
                        assertThat(result.ok()).isFalse();
                        assertThat(result.runtime()).isEqualTo("faulty");
                        assertThat(result.firstDivergence().orElseThrow().tensor()).isEqualTo(MathTensor.FEATURE_A);
                    });
        }
    }

    /** A silent fallback: whatever device it is asked for, this library computes on the processor. */
    @Test
    void aDeviceThatComputedNothingIsFound() throws Exception {
        NativeRuntime runtime = open("fallback").on(new Place("Vulkan7", "Vulkan7", false), 8);
        try (OpenMemory opened = OpenMemory.on(runtime)) {
            assertThatExceptionOfType(RuntimeFailure.class)
                    .isThrownBy(() -> opened.session().forward(opened.layer(), opened.zeros(2)))
                    .withMessage("device Vulkan7: projections: expected in the buffers Vulkan7 alone, found CPU");
        }
    }

    @Test
    void aLibraryThatComputesOnNoDeviceIsNotEvaluated() throws Exception {
        try (NativeRuntime runtime = open("placeless");
                GoldenCase golden = GoldenCase.open(CaseFiles.in(GOLDEN.resolve("basic")).orElseThrow())) {
            assertThat(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime.on(new Place("CPU", "CPU", false), 8),
                    Calls.microbatches(8)))
                    .isEqualTo(new CaseNotEvaluated("basic in microbatches of 8", "faulty", "the runtime faulty"
                            + " computes on no device that is named to it: its library has no"
                            + " rwkv_ms_context_create_on and rwkv_ms_context_places"));
            assertThat(new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime))
                    .isInstanceOfSatisfying(CheckResult.class, result -> assertThat(result.ok()).isTrue());
        }
    }

    /** The status of calls that a correct library never refuses is checked too. */
    @Test
    void everyStatusIsLookedAt() throws Exception {
        try (OpenMemory opened = OpenMemory.on(open("refuse")); NativeHook hook = opened.session().hook()) {
            NativeSession session = opened.session();
            int layer = opened.layer();
            LayerState zero = session.state(layer);
            assertRefused("rwkv_ms_sidecar_fingerprint", opened.memory()::fingerprint);
            assertRefused("rwkv_ms_state_size", session::saveState);
            assertRefused("rwkv_ms_state_set", () -> session.setState(layer, zero));
            assertRefused("rwkv_ms_memory_clear", session::clear);
            assertRefused("rwkv_ms_tap(memory_v)",
                    () -> session.forward(layer, opened.zeros(1).withTaps(Taps.ALL)));
            assertRefused("rwkv_ms_hook_detach", hook::detach);
            assertRefused("rwkv_ms_hook_counters", () -> hook.counts(layer));
            assertRefused("rwkv_ms_hook_capture", () -> hook.capture(1));
            assertRefused("rwkv_ms_hook_captured(hidden)", () -> hook.captured(layer, "hidden"));
            assertRefused("rwkv_ms_session_size", hook::save);
        }
    }

    private static void assertRefused(String function, ThrowingCallable call) {
        assertThatExceptionOfType(NativeException.class).isThrownBy(call)
                .withMessageStartingWith(function + ": RWKV_MS_E_INTERNAL (6): ");
    }

    @Test
    void aByteBehindAnyBufferIsFoundByItsGuard() throws Exception {
        try (OpenMemory opened = OpenMemory.on(open("behind")); NativeHook hook = opened.session().hook()) {
            NativeSession session = opened.session();
            int layer = opened.layer();
            MemoryConfig config = opened.sidecar().config();
            assertWritten("fingerprint", 32, opened.memory()::fingerprint);
            assertWritten("memory_v", 4L * config.readDim(),
                    () -> session.forward(layer, opened.zeros(1).withTaps(Taps.ALL)));
            assertWritten("state", 4L * config.stateCount(), () -> session.state(0));
            assertWritten("previous_source", 4L * config.readDim(), () -> session.state(1));
            try (OpenMemory sound = OpenMemory.on(NativeRuntime.open())) {
                assertWritten("payload", sound.session().saveState().length, session::saveState);
            }
            assertWritten("before_q", 4 * 2 * 3, () -> hook.captured(layer, "before_q"));
            assertWritten("session", 5, hook::save);
            assertWritten("final_state", 4L * config.stateCount(),
                    () -> opened.runtime().scan(config, scan(config, 0)));
            assertWritten("slot_indices", 8, () -> opened.runtime().scan(config, scan(config, 1)));
        }
    }

    private static ScanInput scan(MemoryConfig config, long position) {
        int d = config.readDim();
        Tensor row = Tensor.ofFloats(Shape.of(1, d), new float[d]);
        Tensor state = Tensor.ofFloats(Shape.of(config.stateCount()), new float[config.stateCount()]);
        return new ScanInput(row, row, row, row, row, row, row, row, state, Optional.empty(), position);
    }

    private static void assertWritten(String buffer, long bytes, ThrowingCallable call) {
        assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(call)
                .withMessage("the library wrote outside its buffer: " + buffer + ", " + bytes
                        + " bytes from its start, behind its " + bytes + " bytes");
    }
}
