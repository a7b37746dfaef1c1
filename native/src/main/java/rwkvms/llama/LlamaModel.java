package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import rwkvms.ggml.Device;
import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;

/** A loaded model, for any number of contexts and any thread. */
public final class LlamaModel implements AutoCloseable {
    private static final Pattern PLAIN = Pattern.compile("CPU(_Mapped)?|.*_Host");

    private final Llama llama;
    private final Path file;
    private final MemorySegment handle;
    private final Optional<Device> device;
    private final int offloaded;
    private final List<String> buffers;
    private int contexts;
    private boolean closed;

    LlamaModel(Llama llama, Path file, MemorySegment handle, Optional<Device> device, int offloaded,
            List<String> buffers) {
        this.llama = llama;
        this.file = file;
        this.handle = handle;
        this.device = device;
        this.offloaded = offloaded;
        this.buffers = List.copyOf(buffers);
    }

    public Path file() {
        return file;
    }

    /** The device that was asked for; empty for the processor. */
    public Optional<Device> device() {
        return device;
    }

    /** How many layers are on the device, by what llama.cpp says; the output counts as one. */
    public int offloaded() {
        return offloaded;
    }

    /** The names of the buffers with the weights, by what llama.cpp says. */
    public List<String> buffers() {
        return buffers;
    }

    /**
     * Whether some weights lie in another order than in the file, one that suits this processor: in a buffer such as
     * {@code CPU_REPACK}.
     */
    public boolean repacked() {
        return buffers.stream().anyMatch(buffer -> !PLAIN.matcher(buffer).matches()
                && device.stream().noneMatch(each -> buffer.equals(each.buffers())));
    }

    /** The {@code llama_model *}, for functions that take one. */
    public MemorySegment handle() {
        requireOpen();
        return handle;
    }

    /** {@code block_count}. */
    public int layers() {
        return number("llama_model_n_layer", handle());
    }

    /** {@code embedding_length}. */
    public int hiddenSize() {
        return number("llama_model_n_embd", handle());
    }

    /** The number of tokens: ids are less than this. */
    public int vocabulary() {
        return number("llama_vocab_n_tokens",
                Libraries.callPointer(llama.pointer("llama_model_get_vocab", ADDRESS), handle()));
    }

    /**
     * The vocabulary: the tokens as text.
     *
     * @throws LlamaException if the model has no tokenizer
     */
    public Vocabulary words() {
        return new Vocabulary(llama, this);
    }

    private int number(String function, MemorySegment of) {
        return (int) Libraries.call(llama.integer(function, ADDRESS), of);
    }

    /**
     * Makes a context with an empty KV cache.
     *
     * @throws LlamaException if llama.cpp refuses the settings, with what it logged
     */
    public synchronized LlamaContext newContext(ContextSettings settings) {
        Struct struct = llama.layouts().contextParams().struct();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(struct.passed()).copyFrom(llama.contextDefaults());
            setInt(params, struct, "n_ctx", settings.size());
            setInt(params, struct, "n_batch", settings.batch());
            setInt(params, struct, "n_ubatch", settings.microbatch());
            setInt(params, struct, "n_seq_max", settings.sequences());
            setInt(params, struct, "n_threads", settings.threads());
            setInt(params, struct, "n_threads_batch", settings.threads());
            setInt(params, struct, "flash_attn_type", settings.flashAttention() ? 1 : 0);
            params.set(ValueLayout.JAVA_BOOLEAN, struct.offset("swa_full"), settings.fullSlidingCache());
            params.set(ValueLayout.JAVA_BOOLEAN, struct.offset("offload_kqv"), device.isPresent());
            params.set(ValueLayout.JAVA_BOOLEAN, struct.offset("op_offload"), device.isPresent());
            params.set(ADDRESS, struct.offset("cb_eval"), settings.hook().callback());
            params.set(ADDRESS, struct.offset("cb_eval_user_data"), settings.hook().userData());
            llama.log();
            MemorySegment context = Libraries.callPointer(
                    llama.function("llama_init_from_model", FunctionDescriptor.of(ADDRESS, ADDRESS, struct.passed())),
                    handle(),
                    params);
            if (context.equals(MemorySegment.NULL)) {
                throw new LlamaException(file + ": expected a context of " + settings + ", found NULL; llama.cpp says: "
                        + llama.log());
            }
            contexts++;
            return new LlamaContext(llama, this, context, settings);
        }
    }

    private static void setInt(MemorySegment params, Struct struct, String field, int value) {
        params.set(ValueLayout.JAVA_INT, struct.offset(field), value);
    }

    synchronized void contextClosed() {
        contexts--;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(file + ": expected the model open, found it closed");
        }
    }

    /** Closes the model; {@link IllegalStateException} while one of its contexts is open. */
    @Override
    public synchronized void close() {
        if (contexts > 0) {
            throw new IllegalStateException(
                    file + ": expected the model's contexts closed before it, found " + contexts + " open");
        }
        if (!closed) {
            closed = true;
            Libraries.call(llama.action("llama_model_free", ADDRESS), handle);
        }
    }
}
