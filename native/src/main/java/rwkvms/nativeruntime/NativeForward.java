package rwkvms.nativeruntime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import rwkvms.math.DeltaHead;
import rwkvms.math.MemoryConfig;

/**
 * Forward passes of one layer and one number of tokens that share their native buffers: hidden states float32 [T, H]
 * in, deltas float32 [T, width] out. A call allocates and copies nothing, for decoding loops and measurements;
 * {@link NativeSession#forward(int, rwkvms.golden.ForwardInput)} is the call with masks, flags and taps.
 *
 * <p>A call streams, and all its tokens are valid. The object belongs to the thread that made it, and is closed before
 * its session.
 */
public final class NativeForward implements AutoCloseable {
    private static final int STREAMING = 0;

    private final Arena arena = Arena.ofConfined();
    private final RwkvMs library;
    private final MemorySegment context;
    private final int layer;
    private final int tokens;
    private final long hiddenCount;
    private final MemorySegment hidden;
    private final MemorySegment pointers;
    private final Map<DeltaHead, GuardedBuffer> deltas;

    NativeForward(RwkvMs library, MemorySegment context, NativeMemory memory, MemoryConfig config, int layer,
            int tokens) {
        this.library = library;
        this.context = context;
        this.layer = layer;
        this.tokens = tokens;
        this.hiddenCount = (long) tokens * config.hiddenSize();
        this.hidden = arena.allocate(hiddenCount * Float.BYTES, Native.ALIGNMENT);
        this.pointers = arena.allocate(Layouts.DELTAS);
        this.deltas = deltas(arena, pointers, memory, config, layer, tokens);
    }

    /** Buffers for the deltas of a call, which {@code pointers} then names. */
    static Map<DeltaHead, GuardedBuffer> deltas(Arena arena, MemorySegment pointers, NativeMemory memory,
            MemoryConfig config, int layer, int tokens) {
        Map<DeltaHead, GuardedBuffer> deltas = new EnumMap<>(DeltaHead.class);
        for (DeltaHead head : config.deltaHeads()) {
            long bytes = (long) tokens * memory.deltaWidth(layer, head) * Float.BYTES;
            GuardedBuffer buffer = new GuardedBuffer(arena, "delta_" + head.label(), bytes);
            deltas.put(head, buffer);
            Layouts.setAddress(pointers, Layouts.DELTAS, head.label(), buffer.segment());
            Layouts.setLong(pointers, Layouts.DELTAS, head.label() + "_count", buffer.floats());
        }
        return deltas;
    }

    /** The hidden states of the next run, for the caller to fill. */
    public MemorySegment hidden() {
        return hidden;
    }

    /** The deltas of the last run; {@link IllegalArgumentException} for a head that the sidecar does not activate. */
    public MemorySegment delta(DeltaHead head) {
        GuardedBuffer buffer = deltas.get(head);
        if (buffer == null) {
            throw new IllegalArgumentException("expected one of the heads " + deltas.keySet() + ", found " + head);
        }
        return buffer.segment().asReadOnly();
    }

    /** Runs the tokens and advances the session's state. */
    public void run() {
        int status = library.forward(context, layer, hidden, hiddenCount, MemorySegment.NULL, tokens, STREAMING,
                pointers);
        library.check("rwkv_ms_forward", status, NativeSession.ERROR, context);
        for (GuardedBuffer buffer : deltas.values()) {
            buffer.checkGuards();
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
