package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;

import rwkvms.ggml.Libraries;

/**
 * The KV cache of a context. llama.cpp itself changes it here, so a memory beside it is not told. It is valid while its
 * context is open.
 */
public final class LlamaMemory {
    private final Llama llama;
    private final MemorySegment handle;

    LlamaMemory(Llama llama, MemorySegment handle) {
        this.llama = llama;
        this.handle = handle;
    }

    /** The {@code llama_memory_t}. */
    public MemorySegment handle() {
        return handle;
    }

    /** Empties the cache; with {@code data} the buffers too. */
    public void clear(boolean data) {
        Libraries.call(llama.function("llama_memory_clear", FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN)), handle,
                data);
    }

    /** Removes the positions of a sequence from {@code from} to below {@code to}; −1 means its beginning and its end. */
    public boolean remove(int sequence, int from, int to) {
        return (boolean) Libraries.call(
                llama.function("llama_memory_seq_rm",
                        FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT)),
                handle, checked(sequence), from, to);
    }

    /** The last position of a sequence; −1 if it is empty. */
    public int lastPosition(int sequence) {
        return (int) Libraries.call(llama.integer("llama_memory_seq_pos_max", ADDRESS, JAVA_INT), handle,
                checked(sequence));
    }

    private static int checked(int sequence) {
        if (sequence < 0 || sequence >= ContextSettings.MAX_SEQUENCES) {
            throw new IllegalArgumentException("sequence: expected 0 to " + (ContextSettings.MAX_SEQUENCES - 1)
                    + ", beyond which llama.cpp aborts, found " + sequence);
        }
        return sequence;
    }
}
