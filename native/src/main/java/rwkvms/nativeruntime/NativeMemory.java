package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import rwkvms.math.DeltaHead;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;

/** An opened {@code rwkv_ms_sidecar}. */
public final class NativeMemory implements LoadedMemory {
    private static final int FINGERPRINT_BYTES = 32;

    private final RwkvMs library;
    private final MemorySegment sidecar;
    private final MemoryModel model;

    NativeMemory(RwkvMs library, MemorySegment sidecar, MemoryModel model) {
        this.library = library;
        this.sidecar = sidecar;
        this.model = model;
    }

    @Override
    public NativeSession newSession() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(Layouts.CONTEXT_PARAMS);
            Layouts.setInt(params, Layouts.CONTEXT_PARAMS, "n_sequences", 1);
            Layouts.setInt(params, Layouts.CONTEXT_PARAMS, "read_top_k", model.config().readTopK());
            MemorySegment out = arena.allocate(ADDRESS);
            call("rwkv_ms_context_create", params, out);
            return new NativeSession(library, out.get(ADDRESS, 0), this, model.config());
        }
    }

    /** The width of the projection that the delta of a head corrects. */
    int deltaWidth(int layer, DeltaHead head) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment width = arena.allocate(JAVA_INT);
            call("rwkv_ms_sidecar_delta_width", layer, NativeRuntime.bit(head), width);
            return width.get(JAVA_INT, 0);
        }
    }

    /** The 32 bytes that a saved state is bound to (docs/state-format.md). */
    public byte[] fingerprint() {
        try (Arena arena = Arena.ofConfined()) {
            GuardedBuffer out = new GuardedBuffer(arena, "fingerprint", FINGERPRINT_BYTES);
            call("rwkv_ms_sidecar_fingerprint", out.segment(), out.segment().byteSize());
            out.checkGuards();
            return out.toBytes();
        }
    }

    private void call(String function, Object... arguments) {
        library.check(function, library.status(function, sidecar, arguments), "rwkv_ms_sidecar_error", sidecar);
    }

    @Override
    public void close() {
        library.destroy("rwkv_ms_sidecar_close", sidecar);
    }
}
