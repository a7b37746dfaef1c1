package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.Optional;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Shape;
import rwkvms.fixtures.Tensor;
import rwkvms.fixtures.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemorySettings;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.Taps;
import rwkvms.sidecar.DeltaHead;
import rwkvms.sidecar.Sidecar;

/** Libraries that are wrong in one way each (faulty.cpp): what the binding says of them. */
class FaultyLibraryTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");

    private static Path faulty(String fault) {
        return NativeFiles.folder().resolveSibling("shim").resolve(System.mapLibraryName("faulty_" + fault));
    }

    private static NativeRuntime open(String fault) {
        return NativeRuntime.open("faulty", faulty(fault), Optional.empty(), 1);
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
        try (Sidecar sidecar = Sidecar.open(GOLDEN.resolve("basic").resolve("sidecar.gguf"));
                NativeRuntime runtime = open("overrun");
                NativeMemory memory = runtime.load(MemoryModel.of(sidecar));
                NativeSession session = memory.newSession()) {
            int layer = sidecar.layers().getFirst();
            int bytes = 2 * memory.deltaWidth(layer, DeltaHead.Q) * Float.BYTES;
            // A float of 1 is 00 00 80 3f, and its first byte is another than the guard's already.
            String message = "the library wrote outside its buffer: delta_q, " + bytes + " bytes from its start, behind"
                    + " its " + bytes + " bytes";
            int width = sidecar.config().hiddenSize();
            Tensor hidden = Tensor.ofFloats(Shape.of(2, width), new float[2 * width]);
            assertThatExceptionOfType(RuntimeFailure.class)
                    .isThrownBy(() -> session.forward(layer, ForwardInput.of(hidden))).withMessage(message);
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

    /** What no sound library refuses is looked at all the same. */
    @Test
    void everyStatusIsLookedAt() throws Exception {
        try (Sidecar sidecar = Sidecar.open(GOLDEN.resolve("basic").resolve("sidecar.gguf"));
                NativeRuntime runtime = open("refuse");
                NativeMemory memory = runtime.load(MemoryModel.of(sidecar));
                NativeSession session = memory.newSession();
                NativeHook hook = session.hook()) {
            int layer = sidecar.layers().getFirst();
            Tensor hidden = Tensor.ofFloats(Shape.of(1, sidecar.config().hiddenSize()),
                    new float[sidecar.config().hiddenSize()]);
            LayerState zero = session.state(layer);
            assertRefused("rwkv_ms_sidecar_fingerprint", memory::fingerprint);
            assertRefused("rwkv_ms_state_size", session::saveState);
            assertRefused("rwkv_ms_state_set", () -> session.setState(layer, zero));
            assertRefused("rwkv_ms_memory_clear", session::clear);
            assertRefused("rwkv_ms_tap(memory_v)",
                    () -> session.forward(layer, ForwardInput.of(hidden).withTaps(Taps.ALL)));
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
        try (Sidecar sidecar = Sidecar.open(GOLDEN.resolve("basic").resolve("sidecar.gguf"));
                NativeRuntime runtime = open("behind");
                NativeMemory memory = runtime.load(MemoryModel.of(sidecar));
                NativeSession session = memory.newSession();
                NativeHook hook = session.hook()) {
            int layer = sidecar.layers().getFirst();
            int width = sidecar.config().hiddenSize();
            MemorySettings settings = MemorySettings.of(sidecar.config());
            Tensor hidden = Tensor.ofFloats(Shape.of(1, width), new float[width]);
            assertWritten("fingerprint", 32, memory::fingerprint);
            assertWritten("memory_v", 4L * settings.readDim(),
                    () -> session.forward(layer, ForwardInput.of(hidden).withTaps(Taps.ALL)));
            assertWritten("state", 4L * settings.stateCount(), () -> session.state(0));
            assertWritten("previous_source", 4L * settings.readDim(), () -> session.state(1));
            assertWritten("payload", soundPayload(sidecar), session::saveState);
            assertWritten("before_q", 4 * 2 * 3, () -> hook.captured(layer, "before_q"));
            assertWritten("session", 5, hook::save);
            assertWritten("final_state", 4L * settings.stateCount(), () -> runtime.scan(settings, scan(settings, 0)));
            assertWritten("slot_indices", 8, () -> runtime.scan(settings, scan(settings, 1)));
        }
    }

    private static long soundPayload(Sidecar sidecar) throws Exception {
        try (NativeRuntime runtime = NativeRuntime.open();
                NativeMemory memory = runtime.load(MemoryModel.of(sidecar));
                NativeSession session = memory.newSession()) {
            return session.saveState().length;
        }
    }

    private static ScanInput scan(MemorySettings settings, long position) {
        int d = settings.readDim();
        Tensor row = Tensor.ofFloats(Shape.of(1, d), new float[d]);
        Tensor state = Tensor.ofFloats(Shape.of(settings.stateCount()), new float[settings.stateCount()]);
        return new ScanInput(row, row, row, row, row, row, row, row, state, Optional.empty(), position);
    }

    private static void assertWritten(String buffer, long bytes, ThrowingCallable call) {
        assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(call)
                .withMessage("the library wrote outside its buffer: " + buffer + ", " + bytes
                        + " bytes from its start, behind its " + bytes + " bytes");
    }
}
