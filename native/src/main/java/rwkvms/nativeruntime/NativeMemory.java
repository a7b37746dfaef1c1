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
            check("rwkv_ms_context_create", library.contextCreate(sidecar, params, out));
            return new NativeSession(library, out.get(ADDRESS, 0), this, model.config());
        }
    }

    /** Width of the projection that a head's delta corrects. */
    int deltaWidth(int layer, DeltaHead head) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment width = arena.allocate(JAVA_INT);
            check("rwkv_ms_sidecar_delta_width",
                    library.sidecarDeltaWidth(sidecar, layer, NativeRuntime.bit(head), width));
            return width.get(JAVA_INT, 0);
        }
    }

    /** What a saved state is bound to: 32 bytes (docs/state-format.md). */
    public byte[] fingerprint() {
        try (Arena arena = Arena.ofConfined()) {
            GuardedBuffer out = new GuardedBuffer(arena, "fingerprint", FINGERPRINT_BYTES);
            check("rwkv_ms_sidecar_fingerprint",
                    library.state().fingerprint(sidecar, out.segment(), FINGERPRINT_BYTES));
            out.checkGuards();
            return out.toBytes();
        }
    }

    private void check(String function, int status) {
        if (status != Status.OK) {
            throw new NativeException(function, status, library.statusName(status), library.sidecarError(sidecar));
        }
    }

    @Override
    public void close() {
        library.sidecarClose(sidecar);
    }
}
