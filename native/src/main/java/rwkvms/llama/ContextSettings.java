package rwkvms.llama;

import java.lang.foreign.MemorySegment;

/**
 * The settings of a context. Values that llama.cpp would round, clamp or abort on are an
 * {@link IllegalArgumentException}.
 *
 * @param size             positions of the KV cache, a multiple of {@link #CELLS}
 * @param batch            maximum of tokens of one decode
 * @param microbatch       tokens computed at once
 * @param sequences        maximum of sequences
 * @param threads          for prompt and decode
 * @param flashAttention   off or on; the library never decides
 * @param fullSlidingCache whether sliding layers keep the whole context instead of the window alone
 * @param hook             called for each node of the graph
 */
public record ContextSettings(int size, int batch, int microbatch, int sequences, int threads, boolean flashAttention,
        boolean fullSlidingCache, Hook hook) {
    /** llama.cpp rounds the size of a KV cache up to a multiple of this. */
    public static final int CELLS = 256;
    /** {@code LLAMA_MAX_SEQ}. */
    static final int MAX_SEQUENCES = 256;

    /** {@code cb_eval} and its user data; both NULL for none. */
    public record Hook(MemorySegment callback, MemorySegment userData) {
        public static final Hook NONE = new Hook(MemorySegment.NULL, MemorySegment.NULL);
    }

    public ContextSettings {
        require(size > 0 && size % CELLS == 0, "size", "a positive multiple of " + CELLS, size);
        require(batch > 0 && batch <= size, "batch", "1 to " + size, batch);
        require(microbatch > 0 && microbatch <= batch, "microbatch", "1 to " + batch, microbatch);
        require(sequences > 0 && sequences <= MAX_SEQUENCES, "sequences", "1 to " + MAX_SEQUENCES, sequences);
        require(threads > 0, "threads", "at least 1", threads);
    }

    /**
     * Settings for one sequence on one thread, with batch and microbatch of the full size, without flash attention and
     * hook.
     */
    public static ContextSettings of(int size) {
        return new ContextSettings(size, size, size, 1, 1, false, true, Hook.NONE);
    }

    private static void require(boolean holds, String field, String expected, int found) {
        if (!holds) {
            throw new IllegalArgumentException("context " + field + ": expected " + expected + ", found " + found);
        }
    }

    public ContextSettings withMicrobatch(int tokens) {
        return new ContextSettings(size, batch, tokens, sequences, threads, flashAttention, fullSlidingCache, hook);
    }

    public ContextSettings withSequences(int max) {
        return new ContextSettings(size, batch, microbatch, max, threads, flashAttention, fullSlidingCache, hook);
    }

    public ContextSettings withFlashAttention(boolean on) {
        return new ContextSettings(size, batch, microbatch, sequences, threads, on, fullSlidingCache, hook);
    }

    public ContextSettings withFullSlidingCache(boolean full) {
        return new ContextSettings(size, batch, microbatch, sequences, threads, flashAttention, full, hook);
    }

    public ContextSettings withHook(Hook other) {
        return new ContextSettings(size, batch, microbatch, sequences, threads, flashAttention, fullSlidingCache,
                other);
    }
}
