package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import rwkvms.nativeruntime.GuardedBuffer;
import rwkvms.nativeruntime.Layouts;
import rwkvms.runtime.NotEvaluatedException;

import rwkvms.sidecar.AttentionWidths;
import rwkvms.sidecar.Sidecar;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.state.checks.SmallMemory;

/** The small sidecar of the contract of states, open in a library, and a context. Both are called without our binding. */
final class Subject implements AutoCloseable {
    static final SyntheticSidecar SIZES = SmallMemory.SIZES;
    /** The target layer that is called; {@link #NO_LAYER} lies between two target layers. */
    static final int LAYER = 5;
    static final int NO_LAYER = 3;
    static final int TOKENS = 3;
    static final int RANK = SIZES.config().rank();
    static final int STATES = SIZES.config().numStates();
    static final long HIDDEN = (long) TOKENS * SIZES.config().hiddenSize();
    static final long STATE = (long) STATES * RANK * RANK;

    private static final int SEED = 7;
    private static final int TAPS = 4;

    private final HeaderCalls library;

    private final MemorySegment runtime;
    private final Sidecar file;
    private final MemorySegment sidecar;
    private final MemorySegment context;

    Subject(HeaderCalls library, MemorySegment runtime, SyntheticSidecar sizes)
            throws IOException, NotEvaluatedException {
        this.library = library;
        this.file = SmallMemory.sidecar(sizes, SmallMemory.SEED);
        this.runtime = runtime;
        this.sidecar = opened(runtime);
        this.context = newContext();
    }

    private MemorySegment opened(MemorySegment by) throws NotEvaluatedException {
        return library.open(by, file.path(), "the library does not support the small sidecar of these checks: ");
    }

    /** The same file opened once more, by another runtime of the library. */
    MemorySegment open(MemorySegment by) {
        try {
            return opened(by);
        } catch (NotEvaluatedException e) {
            throw new IllegalStateException("opened once, and then no more", e);
        }
    }

    /** The same file opened once more. */
    MemorySegment another() {
        return open(runtime);
    }

    /** Another context of the sidecar, which the caller destroys. */
    MemorySegment newContext() {
        return library.newContext(sidecar);
    }

    static MemorySegment contextParams(Arena arena, int sequences, int readTopK) {
        MemorySegment params = arena.allocate(Layouts.CONTEXT_PARAMS);
        Layouts.setInt(params, Layouts.CONTEXT_PARAMS, "n_sequences", sequences);
        Layouts.setInt(params, Layouts.CONTEXT_PARAMS, "read_top_k", readTopK);
        return params;
    }

    HeaderCalls library() {
        return library;
    }

    Sidecar file() {
        return file;
    }

    MemorySegment sidecar() {
        return sidecar;
    }

    MemorySegment context() {
        return context;
    }

    static AttentionWidths widths() {
        AttentionWidths widths = SIZES.layers().get(LAYER);
        if (widths == null) {
            throw new IllegalStateException("the small sidecar has no layer " + LAYER);
        }
        return widths;
    }

    /** Hidden states of {@link #TOKENS} tokens, the same each time. */
    static MemorySegment hidden(Arena arena) {
        Random random = new Random(SEED);
        MemorySegment hidden = arena.allocate(JAVA_FLOAT, HIDDEN);
        for (long i = 0; i < HIDDEN; i++) {
            hidden.setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return hidden;
    }

    /** A struct of the deltas q and o with their lengths. */
    static MemorySegment deltas(Arena arena, MemorySegment q, MemorySegment o) {
        MemorySegment deltas = arena.allocate(Layouts.DELTAS);
        Layouts.setAddress(deltas, Layouts.DELTAS, "q", q);
        Layouts.setLong(deltas, Layouts.DELTAS, "q_count", q.byteSize() / Float.BYTES);
        Layouts.setAddress(deltas, Layouts.DELTAS, "o", o);
        Layouts.setLong(deltas, Layouts.DELTAS, "o_count", o.byteSize() / Float.BYTES);
        return deltas;
    }

    static long bytesOfQ() {
        return (long) TOKENS * widths().q() * Float.BYTES;
    }

    static long bytesOfO() {
        return (long) TOKENS * widths().o() * Float.BYTES;
    }

    /** Runs the tokens through the layer, with all taps, and returns the bytes of its deltas. */
    byte[] advance(MemorySegment of) {
        try (Arena call = Arena.ofConfined()) {
            GuardedBuffer q = new GuardedBuffer(call, "delta_q", bytesOfQ());
            GuardedBuffer o = new GuardedBuffer(call, "delta_o", bytesOfO());
            library.requireOk("rwkv_ms_forward", library.status("rwkv_ms_forward", of, LAYER, hidden(call), HIDDEN,
                    MemorySegment.NULL, TOKENS, TAPS, deltas(call, q.segment(), o.segment())), "rwkv_ms_context_error",
                    of);
            return checked(q, o);
        }
    }

    /** The state, previous source and position of every layer. */
    byte[] state(MemorySegment of) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Arena call = Arena.ofConfined()) {
            GuardedBuffer state = new GuardedBuffer(call, "state", STATE * Float.BYTES);
            GuardedBuffer source = new GuardedBuffer(call, "previous_source", (long) RANK * Float.BYTES);
            GuardedBuffer position = new GuardedBuffer(call, "position", Long.BYTES);
            for (int layer : file.layers()) {
                library.requireOk("rwkv_ms_state_get",
                        library.status("rwkv_ms_state_get", of, layer, state.segment(), STATE,
                                source.segment(), (long) RANK, position.segment()),
                        "rwkv_ms_context_error", of);
                out.writeBytes(checked(state, source, position));
            }
        }
        return out.toByteArray();
    }

    /** The contents of the buffers, whose guards must be whole. */
    private static byte[] checked(GuardedBuffer... buffers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (GuardedBuffer buffer : buffers) {
            buffer.checkGuards();
            out.writeBytes(buffer.toBytes());
        }
        return out.toByteArray();
    }

    /** The context's last error. */
    String contextError() {
        return library.error("rwkv_ms_context_error", context);
    }

    @Override
    public void close() {
        library.action("rwkv_ms_context_destroy", context);
        library.action("rwkv_ms_sidecar_close", sidecar);
    }
}
