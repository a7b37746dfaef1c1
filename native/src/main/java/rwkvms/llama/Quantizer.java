package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;
import rwkvms.nativeruntime.IncompatibleLibraryException;

/** Makes quantised models with {@code llama_model_quantize} of a loaded llama.cpp, as its users make theirs. */
public final class Quantizer {
    private final Llama llama;
    private final Struct struct;
    private final MemorySegment defaults;

    private Quantizer(Llama llama, Struct struct, MemorySegment defaults) {
        this.llama = llama;
        this.struct = struct;
        this.defaults = defaults;
    }

    /**
     * The quantiser of a loaded llama.cpp.
     *
     * @throws IncompatibleLibraryException if it has none, or one with another struct
     */
    public static Quantizer of(Llama llama) {
        ParamsLayout params = llama.layouts().quantizeParams();
        params.difference(llama.libraries()).ifPresent(difference -> {
            throw new IncompatibleLibraryException(difference);
        });
        return new Quantizer(llama, params.struct(), params.defaults(llama.libraries(), Arena.ofAuto()).asReadOnly());
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
            MemorySegment params = arena.allocate(struct.passed()).copyFrom(defaults);
            params.set(JAVA_INT, struct.offset("nthread"), 1);
            params.set(JAVA_INT, struct.offset("ftype"), type.id());
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
