package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.TreeMap;

import rwkvms.ggml.Libraries;
import rwkvms.nativeruntime.LibraryFunctions;
import rwkvms.nativeruntime.NativeFunction;

/**
 * A {@code llama_context}: tokens of sequence 0 in, logits out. Any thread may use it, one at a time, and its hook must
 * stay alive.
 */
public final class LlamaContext implements AutoCloseable {
    private final Llama llama;
    private final LlamaModel model;
    private final MemorySegment handle;
    private final ContextSettings settings;
    private final int vocabulary;
    private final Batch batch;
    private final MethodHandle decode;
    private final NativeFunction logitsOf;
    private int decoded;
    private boolean closed;

    LlamaContext(Llama llama, LlamaModel model, MemorySegment handle, ContextSettings settings) {
        this.llama = llama;
        this.model = model;
        this.handle = handle;
        this.settings = settings;
        this.vocabulary = model.vocabulary();
        this.batch = new Batch(llama.layouts().batch(), settings.batch());
        this.decode = llama.function("llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS,
                llama.layouts().batch().passed())).linked();
        this.logitsOf = llama.pointer("llama_get_logits_ith", ADDRESS, JAVA_INT);
        requireAsAsked();
    }

    /** Checks that the settings arrived: the last check of the params struct. */
    private void requireAsAsked() {
        Map<String, Integer> asked = Map.of("n_ctx", settings.size(), "n_batch", settings.batch(), "n_ubatch",
                settings.microbatch(), "n_seq_max", settings.sequences(), "n_threads", settings.threads(),
                "n_threads_batch", settings.threads());
        Map<String, Integer> found = new TreeMap<>();
        asked.keySet().forEach(name -> found.put(name, (int) Libraries.call(llama.integer("llama_" + name, ADDRESS),
                handle)));
        if (!found.equals(asked)) {
            close();
            throw new LlamaException(model.file() + ": expected a context of " + new TreeMap<>(asked) + ", found "
                    + found);
        }
    }

    /** The {@code llama_context *}, for functions that take one. */
    public MemorySegment handle() {
        if (closed) {
            throw new IllegalStateException("context: expected it open, found it closed");
        }
        return handle;
    }

    public ContextSettings settings() {
        return settings;
    }

    public LlamaModel model() {
        return model;
    }

    /**
     * Runs tokens that continue what the KV cache holds.
     *
     * @param position of the first token
     * @throws LlamaException if llama.cpp refuses, with what it logged
     */
    public void decode(int position, int... tokens) {
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "token: expected 0 to " + (vocabulary - 1) + ", found " + token);
            }
        }
        MemorySegment open = handle();
        decoded = 0;
        int status = call(open, batch.fill(position, tokens));
        if (status != 0) {
            throw new LlamaException("llama_decode of " + tokens.length + " tokens from position " + position
                    + ": expected 0, found " + status + "; llama.cpp says: " + llama.log());
        }
        decoded = tokens.length;
    }

    private int call(MemorySegment open, MemorySegment filled) {
        try {
            return (int) decode.invokeExact(open, filled);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw LibraryFunctions.unexpected(e);
        }
    }

    /**
     * The logits after a token of the last {@link #decode}, one per token of the vocabulary; the state does not contain
     * them.
     */
    public float[] logits(int token) {
        if (token < 0 || token >= decoded) {
            throw new IllegalArgumentException(
                    "logits: expected a token of the " + decoded + " decoded last, found " + token);
        }
        MemorySegment row = Libraries.callPointer(logitsOf, handle(), token);
        if (row.equals(MemorySegment.NULL)) {
            throw new LlamaException("llama_get_logits_ith(" + token + "): found NULL; llama.cpp says: " + llama.log());
        }
        return row.reinterpret((long) vocabulary * Float.BYTES).toArray(JAVA_FLOAT);
    }

    /** The logits after the last token of the last {@link #decode}. */
    public float[] lastLogits() {
        return logits(decoded - 1);
    }

    /** The KV cache. */
    public LlamaMemory memory() {
        return new LlamaMemory(llama, Libraries.callPointer(llama.pointer("llama_get_memory", ADDRESS), handle()));
    }

    /** The size of {@link #state} in bytes. */
    public long stateSize() {
        return (long) Libraries.call(llama.function("llama_state_get_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS)),
                handle());
    }

    /** The contents of the KV cache from {@code llama_state_get_data}. */
    public byte[] state() {
        long size = stateSize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(size);
            long written = stateCall("llama_state_get_data", buffer);
            if (written != size) {
                throw new LlamaException("llama_state_get_data: expected " + size + " bytes, found " + written
                        + "; llama.cpp says: " + llama.log());
            }
            return buffer.toArray(JAVA_BYTE);
        }
    }

    /**
     * Restores a {@link #state}. llama.cpp only notices damage that breaks the structure; then it refuses and loses
     * what the KV cache held. A damaged count of cells allocates without bound, so unknown bytes belong in a child
     * process.
     *
     * @throws LlamaException if llama.cpp refuses
     */
    public void setState(byte[] state) {
        decoded = 0;
        try (Arena arena = Arena.ofConfined()) {
            long read = stateCall("llama_state_set_data", arena.allocateFrom(JAVA_BYTE, state));
            if (read != state.length) {
                throw new LlamaException("llama_state_set_data: expected " + state.length + " bytes read, found " + read
                        + "; llama.cpp says: " + llama.log());
            }
        }
    }

    private long stateCall(String function, MemorySegment buffer) {
        return (long) Libraries.call(
                llama.function(function, FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG)), handle(),
                buffer, buffer.byteSize());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libraries.call(llama.action("llama_free", ADDRESS), handle);
            batch.close();
            model.contextClosed();
        }
    }
}
