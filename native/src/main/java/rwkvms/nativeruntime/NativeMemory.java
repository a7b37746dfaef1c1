package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import rwkvms.math.DeltaHead;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;

/** An opened {@code rwkv_ms_sidecar}. */
public final class NativeMemory implements LoadedMemory {
    private static final int FINGERPRINT_BYTES = 32;
    /** {@code RWKV_MS_ON_PRECISE}. */
    private static final int PRECISE = 1;
    private static final String ERROR = "rwkv_ms_sidecar_error";

    private final RwkvMs library;
    private final MemorySegment sidecar;
    private final MemoryModel model;
    private final Optional<Place.Sized> place;

    NativeMemory(RwkvMs library, MemorySegment sidecar, MemoryModel model, Optional<Place.Sized> place) {
        this.library = library;
        this.sidecar = sidecar;
        this.model = model;
        this.place = place;
    }

    @Override
    public NativeSession newSession() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            library.check(place.isPresent() ? Place.CREATE : "rwkv_ms_context_create", create(arena, out), ERROR,
                    sidecar);
            return new NativeSession(library, out.get(ADDRESS, 0), this, model.config(),
                    place.map(Place.Sized::place));
        }
    }

    private int create(Arena arena, MemorySegment out) {
        MemorySegment params = arena.allocate(Layouts.CONTEXT_PARAMS);
        Layouts.setInt(params, Layouts.CONTEXT_PARAMS, "n_sequences", 1);
        Layouts.setInt(params, Layouts.CONTEXT_PARAMS, "read_top_k", model.config().readTopK());
        return place.isEmpty()
                ? library.status("rwkv_ms_context_create", sidecar, params, out)
                : library.status(Place.CREATE, sidecar, params,
                        arena.allocateFrom(place.get().place().device()), place.get().tokens(),
                        place.get().place().precise() ? PRECISE : 0, out);
    }

    /** Why there is no session on the device: it is not there, or lacks an operation; empty if there is none in the way. */
    Optional<String> obstacle() {
        if (place.isEmpty()) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status = create(arena, out);
            if (status == Status.UNSUPPORTED || status == Status.NO_BACKEND) {
                return Optional.of(library.text(ERROR, sidecar));
            }
            library.check(Place.CREATE, status, ERROR, sidecar);
            library.destroy("rwkv_ms_context_destroy", out.get(ADDRESS, 0));
            return Optional.empty();
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
        library.check(function, library.status(function, sidecar, arguments), ERROR, sidecar);
    }

    @Override
    public void close() {
        library.destroy("rwkv_ms_sidecar_close", sidecar);
    }
}
