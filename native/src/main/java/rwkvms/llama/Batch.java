package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import rwkvms.ggml.Struct;

/** The {@code llama_batch} of a context, filled anew for every decode: sequence 0 alone, and logits for every token. */
final class Batch implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Struct layout;
    private final int capacity;
    private final MemorySegment struct;
    private final MemorySegment tokens;
    private final MemorySegment positions;

    Batch(Struct layout, int capacity) {
        this.layout = layout;
        this.capacity = capacity;
        this.struct = arena.allocate(layout.passed());
        this.tokens = arena.allocate(JAVA_INT, capacity);
        this.positions = arena.allocate(JAVA_INT, capacity);
        MemorySegment sequence = arena.allocateFrom(JAVA_INT, 0);
        MemorySegment sequenceCounts = arena.allocate(JAVA_INT, capacity);
        MemorySegment sequences = arena.allocate(ADDRESS, capacity);
        for (int i = 0; i < capacity; i++) {
            sequenceCounts.setAtIndex(JAVA_INT, i, 1);
            sequences.setAtIndex(ADDRESS, i, sequence);
        }
        set("token", tokens);
        set("pos", positions);
        set("n_seq_id", sequenceCounts);
        set("seq_id", sequences);
        set("logits", arena.allocate(JAVA_BYTE, capacity).fill((byte) 1));
    }

    private void set(String field, MemorySegment value) {
        struct.set(ADDRESS, layout.offset(field), value);
    }

    MemorySegment fill(int position, int... ids) {
        if (ids.length == 0 || ids.length > capacity) {
            throw new IllegalArgumentException(
                    "tokens of one decode: expected 1 to " + capacity + ", found " + ids.length);
        }
        for (int i = 0; i < ids.length; i++) {
            tokens.setAtIndex(JAVA_INT, i, ids[i]);
            positions.setAtIndex(JAVA_INT, i, position + i);
        }
        struct.set(JAVA_INT, layout.offset("n_tokens"), ids.length);
        return struct;
    }

    @Override
    public void close() {
        arena.close();
    }
}
