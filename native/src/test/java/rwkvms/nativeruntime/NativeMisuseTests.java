package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import rwkvms.math.MemoryConfig;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.validation.SidecarReader;

/** The C header called wrongly on purpose: a code, a text that names the needed size, and nothing written. */
@SuppressWarnings("NullAway.Init") // set before each test
class NativeMisuseTests {
    private static final int ARGUMENT = 1;
    private static final int NO_TAP = 8;
    private static final int NO_LAYER = 9;
    private static final byte UNTOUCHED = 0x5A;

    private final RwkvMs library = RwkvMs.load(NativeFiles.library());
    private final Arena arena = Arena.ofAuto();
    private MemoryConfig config;
    private int layer;
    private MemorySegment runtime;
    private MemorySegment sidecar;
    private MemorySegment context;

    @BeforeEach
    void open() throws Exception {
        Path path = Path.of(System.getProperty("rwkvms.root"), "golden", "data", "basic", "sidecar.gguf");
        try (Sidecar read = SidecarReader.open(path)) {
            config = read.config();
            layer = read.layers().getFirst();
        }
        MemorySegment out = arena.allocate(ADDRESS);
        MemorySegment runtimeParams = arena.allocate(Layouts.RUNTIME_PARAMS);
        Layouts.setInt(runtimeParams, Layouts.RUNTIME_PARAMS, "n_threads", 1);
        assertThat(library.runtimeCreate(runtimeParams, out, arena.allocate(1024))).isEqualTo(Status.OK);
        runtime = out.get(ADDRESS, 0);
        assertThat(library.sidecarOpen(runtime, arena.allocateFrom(path.toString()), MemorySegment.NULL, 0, out))
                .isEqualTo(Status.OK);
        sidecar = out.get(ADDRESS, 0);
        MemorySegment contextParams = arena.allocate(Layouts.CONTEXT_PARAMS);
        Layouts.setInt(contextParams, Layouts.CONTEXT_PARAMS, "n_sequences", 1);
        assertThat(library.contextCreate(sidecar, contextParams, out)).isEqualTo(Status.OK);
        context = out.get(ADDRESS, 0);
    }

    @AfterEach
    void close() {
        library.contextDestroy(context);
        library.sidecarClose(sidecar);
        library.runtimeDestroy(runtime);
    }

    private MemorySegment untouched(long bytes) {
        return arena.allocate(bytes, 64).fill(UNTOUCHED);
    }

    private static void requireUntouched(MemorySegment buffer) {
        assertThat(buffer.toArray(JAVA_BYTE)).containsOnly(UNTOUCHED);
    }

    @Test
    void aShortStateBufferNamesTheNeededSize() {
        long needed = config.stateCount();
        MemorySegment state = untouched(needed * Float.BYTES);
        MemorySegment source = untouched(config.readDim() * (long) Float.BYTES);
        MemorySegment position = untouched(Long.BYTES);

        assertThat(library.stateGet(context, layer, state, needed - 1, source, config.readDim(), position))
                .isEqualTo(Status.SHORT_BUFFER);
        assertThat(library.contextError(context))
                .isEqualTo("state: expected room for at least " + needed + " floats, found " + (needed - 1));
        assertThat(library.stateGet(context, layer, state, needed, source, config.readDim() - 1, position))
                .isEqualTo(Status.SHORT_BUFFER);
        assertThat(library.contextError(context)).isEqualTo("previous_source: expected room for at least "
                + config.readDim() + " floats, found " + (config.readDim() - 1));
        requireUntouched(state);
        requireUntouched(source);
        requireUntouched(position);
        assertThat(library.stateGet(context, layer, state, needed, source, config.readDim(), position))
                .isEqualTo(Status.OK);
        assertThat(position.get(JAVA_LONG, 0)).isZero();
    }

    @Test
    void aShortDeltaBufferStopsTheForward() {
        int tokens = 2;
        long hiddenCount = (long) tokens * config.hiddenSize();
        MemorySegment hidden = arena.allocate(hiddenCount * Float.BYTES, 64);
        MemorySegment q = untouched(1024L * Float.BYTES);
        MemorySegment deltas = arena.allocate(Layouts.DELTAS);
        Layouts.setAddress(deltas, Layouts.DELTAS, "q", q);
        Layouts.setLong(deltas, Layouts.DELTAS, "q_count", 1);
        MemorySegment width = arena.allocate(Integer.BYTES, Integer.BYTES);
        assertThat(library.sidecarDeltaWidth(sidecar, layer, 1, width)).isEqualTo(Status.OK);
        long needed = (long) tokens * width.get(JAVA_INT, 0);

        assertThat(library.forward(context, layer, hidden, hiddenCount, MemorySegment.NULL, tokens, 0, deltas))
                .isEqualTo(Status.SHORT_BUFFER);
        assertThat(library.contextError(context))
                .isEqualTo("deltas.q: expected room for at least " + needed + " floats, found 1");
        requireUntouched(q);
        requirePositionZero();
    }

    @Test
    void aWrongHiddenCountIsRefused() {
        MemorySegment hidden = arena.allocate((long) config.hiddenSize() * Float.BYTES, 64);
        MemorySegment deltas = arena.allocate(Layouts.DELTAS);
        assertThat(library.forward(context, layer, hidden, config.hiddenSize() - 1, MemorySegment.NULL, 1, 0,
                deltas)).isEqualTo(ARGUMENT);
        assertThat(library.contextError(context)).isEqualTo("hidden_count: expected " + config.hiddenSize()
                + " floats, found " + (config.hiddenSize() - 1));
        assertThat(library.forward(context, layer, MemorySegment.NULL, config.hiddenSize(), MemorySegment.NULL, 1, 0,
                deltas)).isEqualTo(ARGUMENT);
        assertThat(library.contextError(context)).isEqualTo("hidden: must not be NULL");
        assertThat(library.forward(context, layer, hidden, config.hiddenSize(), MemorySegment.NULL, 1, 16, deltas))
                .isEqualTo(ARGUMENT);
        assertThat(library.contextError(context)).isEqualTo("flags: expected a combination of 15, found 16");
        requirePositionZero();
    }

    private void requirePositionZero() {
        MemorySegment position = untouched(Long.BYTES);
        assertThat(library.stateGet(context, layer, MemorySegment.NULL, 0, MemorySegment.NULL, 0, position))
                .isEqualTo(Status.OK);
        assertThat(position.get(JAVA_LONG, 0)).isZero();
    }

    @Test
    void aTapBeforeAForwardAndALayerWithoutMemoryAreRefused() {
        MemorySegment data = untouched(64);
        assertThat(library.tap(context, arena.allocateFrom("beta"), MemorySegment.NULL, data, 64)).isEqualTo(NO_TAP);
        assertThat(library.contextError(context))
                .isEqualTo("tap 'beta': no forward with RWKV_MS_FORWARD_TAPS yet");
        requireUntouched(data);
        assertThat(library.stateGet(context, 4711, MemorySegment.NULL, 0, MemorySegment.NULL, 0, MemorySegment.NULL))
                .isEqualTo(NO_LAYER);
        assertThat(library.contextError(context)).startsWith("layer 4711: ");
    }

    @Test
    void handlesThatAreNullAreRefused() {
        assertThat(library.contextReset(MemorySegment.NULL)).isEqualTo(ARGUMENT);
        assertThat(library.tap(MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, 0))
                .isEqualTo(ARGUMENT);
        assertThat(library.statusName(ARGUMENT)).isEqualTo("RWKV_MS_E_ARGUMENT");
        assertThat(library.statusName(4711)).isEqualTo("unknown");
    }
}
