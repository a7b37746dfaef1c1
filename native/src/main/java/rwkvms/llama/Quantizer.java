package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

import rwkvms.ggml.Libraries;
import rwkvms.llama.ParamsLayout.Field;
import rwkvms.nativeruntime.IncompatibleLibraryException;

/** Makes quantised models with {@code llama_model_quantize} of a loaded llama.cpp, as its users make theirs. */
public final class Quantizer {
    /** {@code GGML_TYPE_COUNT} of ggml 0.25.1: no type is asked for. */
    private static final long NO_TYPE = 43;

    /** llama.cpp quantises larger tensors in parts. */
    private static final long MAX_BUFFER = 8L << 30;

    /** {@code llama_model_quantize_params} of v0.5.0, 64 bytes. */
    static final ParamsLayout PARAMS = new ParamsLayout("llama_model_quantize_params",
            "llama_model_quantize_default_params",
            List.of(Field.of(JAVA_INT, "nthread", 0), Field.of(JAVA_INT, "ftype", FileType.Q8_0.id()),
                    Field.of(JAVA_INT, "output_tensor_type", NO_TYPE),
                    Field.of(JAVA_INT, "token_embedding_type", NO_TYPE), Field.of(JAVA_BOOLEAN, "allow_requantize", 0),
                    Field.of(JAVA_BOOLEAN, "quantize_output_tensor", 1), Field.of(JAVA_BOOLEAN, "only_copy", 0),
                    Field.of(JAVA_BOOLEAN, "pure", 0), Field.of(JAVA_BOOLEAN, "keep_split", 0),
                    Field.of(JAVA_BOOLEAN, "dry_run", 0), Field.of(ADDRESS, "imatrix", 0),
                    Field.of(ADDRESS, "kv_overrides", 0), Field.of(ADDRESS, "tt_overrides", 0),
                    Field.of(ADDRESS, "prune_layers", 0), Field.of(JAVA_LONG, "max_buf_size", MAX_BUFFER)));

    private final Llama llama;
    private final StructLayout layout = PARAMS.struct();
    private final MemorySegment defaults;

    private Quantizer(Llama llama, MemorySegment defaults) {
        this.llama = llama;
        this.defaults = defaults;
    }

    /**
     * The quantiser of a loaded llama.cpp.
     *
     * @throws IncompatibleLibraryException if it has none, or one with another struct
     */
    public static Quantizer of(Llama llama) {
        return new Quantizer(llama, PARAMS.checkedDefaults(llama.libraries(), Arena.ofAuto()).asReadOnly());
    }

    /**
     * Writes a model of that type, through a temporary file beside it, and replaces a file of that name. One thread
     * computes it.
     *
     * @param from a model with plain weights
     * @throws LlamaException if llama.cpp does not make it, with what it logged
     */
    public void write(Path from, Path to, FileType type) throws IOException {
        Path unfinished = to.resolveSibling(to.getFileName() + ".part");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(layout).copyFrom(defaults);
            params.set(JAVA_INT, LlamaModel.offset(layout, "nthread"), 1);
            params.set(JAVA_INT, LlamaModel.offset(layout, "ftype"), type.id());
            llama.log();
            int status = (int) Libraries.call(llama.integer("llama_model_quantize", ADDRESS, ADDRESS, ADDRESS),
                    arena.allocateFrom(from.toString()), arena.allocateFrom(unfinished.toString()), params);
            if (status != 0) {
                throw new LlamaException(from + ": expected a model that llama.cpp makes " + type
                        + " of, found status " + status + "; it says: " + llama.log());
            }
            Files.move(unfinished, to, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }
}
