package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rwkvms.math.DeltaHead;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;
import rwkvms.state.Fingerprint;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The suite's own library through the binding: its description, its check of a base, and one session's state. */
@SuppressWarnings("NullAway.Init") // set before each test
class NativeSessionTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    private static final Path BASIC = GOLDEN.resolve("basic").resolve("sidecar.gguf");

    private Sidecar sidecar;
    private NativeRuntime runtime;
    private NativeMemory memory;
    private NativeSession session;
    private int layer;

    @BeforeEach
    void open() throws Exception {
        sidecar = SidecarReader.open(BASIC);
        runtime = NativeRuntime.open();
        memory = runtime.load(MemoryModel.of(sidecar));
        session = memory.newSession();
        layer = sidecar.layers().getFirst();
    }

    @AfterEach
    void close() {
        session.close();
        memory.close();
        runtime.close();
        sidecar.close();
    }

    private ForwardInput input(int tokens) {
        int width = sidecar.config().hiddenSize();
        float[] values = new float[tokens * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        return ForwardInput.of(Tensor.ofFloats(Shape.of(tokens, width), values)).withTaps(Taps.DELTAS);
    }

    private String cpuVariant() {
        Matcher variant = Pattern.compile("\"cpu_variant\":\"([^\"]+)\"").matcher(runtime.buildInfo());
        assertThat(variant.find()).isTrue();
        return variant.group(1);
    }

    @Test
    void theRuntimeSaysWhatItIs() {
        assertThat(runtime.name()).isEqualTo("native");
        assertThat(runtime.libraryFile()).isEqualTo(NativeFiles.library());
        assertThat(runtime.provenance()).containsOnlyKeys("native.library", "native.version", "native.build",
                "native.threads")
                .containsEntry("native.threads", "1")
                .containsEntry("native.library", System.mapLibraryName("rwkv_ms"))
                .containsEntry("native.build", runtime.buildInfo());
        String version = String.valueOf(runtime.provenance().get("native.version"));
        assertThat(version).matches("\\d+\\.\\d+\\.\\d+");
        assertThat(runtime.buildInfo()).startsWith("{\"library\":\"" + version + "\",\"abi\":2,\"ggml_version\":\"");
    }

    @Test
    void aProcessStaysOnItsCpuVariant() {
        String loaded = "libggml-cpu-" + cpuVariant() + ".so";
        assertThat(NativeFiles.cpuVariants()).contains(NativeFiles.folder().resolve(loaded));
        try (NativeRuntime same = NativeRuntime.open(Optional.of(NativeFiles.folder().resolve(loaded)))) {
            assertThat(same.buildInfo()).isEqualTo(runtime.buildInfo());
        }
        Path other = NativeFiles.folder().resolve("libggml-cpu-none.so");
        refused(() -> NativeRuntime.open(Optional.of(other)).close(),
                "rwkv_ms_runtime_create: RWKV_MS_E_NO_BACKEND (3): " + other + ": this process already runs on "
                        + loaded + ", and ggml takes one CPU variant per process");
        refused(() -> NativeRuntime.open("fork", NativeFiles.library(), Optional.empty(), 0).close(),
                "rwkv_ms_runtime_create: RWKV_MS_E_ARGUMENT (1): n_threads: expected 1 to 512, found 0");
    }

    @Test
    void aSidecarIsOpenedForItsOwnBaseAlone() throws Exception {
        Path base = GOLDEN.resolve("base.gguf");
        assertThat(runtime.tryOpen(BASIC, Optional.empty())).isEqualTo(new NativeRuntime.Opening("RWKV_MS_OK", ""));
        NativeRuntime.Opening missing = runtime.tryOpen(GOLDEN.resolve("none.gguf"), Optional.empty());
        assertThat(missing.status()).isEqualTo("RWKV_MS_E_FILE_UNREADABLE");
        assertThat(missing.text()).startsWith(GOLDEN.resolve("none.gguf").toString());
        assertThat(runtime.tryOpen(BASIC, Optional.of(base)).status()).isEqualTo("RWKV_MS_OK");
        NativeRuntime.Opening other = runtime.tryOpen(BASIC, Optional.of(BASIC));
        assertThat(other.status()).isEqualTo("RWKV_MS_E_BASE_SHA256_DIFFERS");
        assertThatExceptionOfType(NativeException.class)
                .isThrownBy(() -> runtime
                        .load(new MemoryModel(sidecar, Optional.of(BASIC), MemoryModel.of(sidecar).config())).close())
                .withMessage("rwkv_ms_sidecar_open: RWKV_MS_E_BASE_SHA256_DIFFERS (242): " + other.text());
        runtime.load(new MemoryModel(sidecar, Optional.of(base), MemoryModel.of(sidecar).config())).close();
    }

    @Test
    void theFingerprintIsTheSidecars() {
        assertThat(HexFormat.of().formatHex(memory.fingerprint())).isEqualTo(Fingerprint.of(sidecar));
    }

    @Test
    void aStateIsSavedLoadedAndReset() throws Exception {
        LayerState empty = session.state(layer);
        assertThat(empty.position()).isZero();
        byte[] start = session.saveState();
        TensorSet first = session.forward(layer, input(3));
        assertThat(first.names()).containsExactly(MathTensor.DELTA_Q, MathTensor.DELTA_O);
        LayerState after = session.state(layer);
        assertThat(after.position()).isEqualTo(3);
        assertThat(after.state().sameBits(empty.state())).isFalse();
        for (int other : sidecar.layers().subList(1, sidecar.layers().size())) {
            session.forward(other, input(3));
        }
        byte[] saved = session.saveState();
        session.forward(layer, input(2).asReadOnly());
        assertThat(session.saveState()).isEqualTo(saved);

        session.reset();
        assertThat(session.saveState()).isEqualTo(start);
        session.loadState(saved);
        assertThat(session.state(layer).sameBits(after)).isTrue();
        session.clear();
        assertThat(session.state(layer).sameBits(empty)).isTrue();
        session.setState(layer, after);
        assertThat(session.state(layer).sameBits(after)).isTrue();
        session.loadState(saved);
        session.remove(0, 0, -1);
        assertThat(session.saveState()).isEqualTo(start);
        assertThat(session.forward(layer, input(3)).sameBits(first)).isTrue();
        assertThatExceptionOfType(NativeException.class).isThrownBy(session::saveState)
                .withMessageStartingWith("rwkv_ms_state_save: RWKV_MS_E_STATE_STEP (151): ")
                .satisfies(refused -> assertThat(refused.fault()).contains(StateFault.STATE_STEP));
    }

    @Test
    void whatNoStateFollowsIsRefusedByName() {
        session.forward(layer, input(3));
        LayerState before = session.state(layer);
        String reason = " the memory's state is a sum over all tokens of one sequence: it can be cleared as a whole, and"
                + " nothing else";
        mutation(() -> session.copy(0, 1, 0, 3), "rwkv_ms_memory_seq_cp", reason);
        mutation(() -> session.keep(0), "rwkv_ms_memory_seq_keep", reason);
        mutation(() -> session.shift(0, 0, 3, 1), "rwkv_ms_memory_seq_add", reason);
        mutation(() -> session.divide(0, 0, 3, 2), "rwkv_ms_memory_seq_div", reason);
        assertThatExceptionOfType(NativeException.class).isThrownBy(() -> session.loadState(new byte[]{'R', 'M'}))
                .withMessageStartingWith("rwkv_ms_state_load: RWKV_MS_E_STATE_LENGTH (148): ");
        assertThat(session.state(layer).sameBits(before)).isTrue();
    }

    private static void mutation(ThrowingCallable call, String function, String reason) {
        refused(call, function + ": RWKV_MS_E_MUTATION (160): " + function + ":" + reason);
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatExceptionOfType(NativeException.class).isThrownBy(call).withMessage(message);
    }

    @Test
    void aFailureNamesFunctionAndLayer() {
        assertThatExceptionOfType(NativeException.class).isThrownBy(() -> session.state(4711))
                .withMessageStartingWith("rwkv_ms_state_get: RWKV_MS_E_NO_LAYER (9): layer 4711: ");
        assertThatExceptionOfType(NativeException.class).isThrownBy(() -> session.forward(4711, 1))
                .withMessageStartingWith("rwkv_ms_sidecar_delta_width: RWKV_MS_E_NO_LAYER (9): layer 4711: ");
        assertThatExceptionOfType(NativeException.class).isThrownBy(() -> session.forward(layer, 0).run())
                .withMessageStartingWith("rwkv_ms_forward: RWKV_MS_E_ARGUMENT (1): ");
    }

    @Test
    void theBuffersOfAForwardEndWithIt() {
        MemorySegment hidden;
        MemorySegment delta;
        try (NativeForward forward = session.forward(layer, 2)) {
            hidden = forward.hidden();
            delta = forward.delta(DeltaHead.O);
            assertThat(hidden.byteSize()).isEqualTo(2L * sidecar.config().hiddenSize() * Float.BYTES);
            assertThat(delta.isReadOnly()).isTrue();
        }
        assertThat(hidden.scope().isAlive()).isFalse();
        assertThat(delta.scope().isAlive()).isFalse();
    }
}
