package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.Libraries;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList;

/**
 * llama.cpp, loaded after ggml for the rest of the process, with checked struct layouts and its log in Java. It uses
 * the CPU variant that the process already has, or else loads the best one of the folder: ggml takes one per process.
 *
 * <p>llama.cpp aborts the process on some bad arguments. The classes of this package check every argument before the
 * call; methods whose arguments cannot be checked (a state of unknown origin) say so, and belong in a child process.
 */
public final class Llama {
    private final Ggml ggml;
    private final Libraries libraries;
    private final StructLayout modelParams = LlamaLayouts.MODEL_PARAMS.struct();
    private final StructLayout contextParams = LlamaLayouts.CONTEXT_PARAMS.struct();
    private final MemorySegment modelDefaults;
    private final MemorySegment contextDefaults;

    private Llama(Ggml ggml) {
        this.ggml = ggml;
        this.libraries = ggml.libraries().and(LibraryList.Role.LLAMA);
        this.modelDefaults = Layouts.MODEL_PARAMS.checkedDefaults(libraries, Arena.global()).asReadOnly();
        this.contextDefaults = Layouts.CONTEXT_PARAMS.checkedDefaults(libraries, Arena.global()).asReadOnly();
        ggml.log().installAlsoWith(libraries, "llama_log_set");
        Libraries.call(libraries.action("llama_backend_init"));
        ggml.loadBestCpu();
    }

    /**
     * Opens the llama.cpp beside a ggml. Open it once: it stays loaded.
     *
     * @throws IncompatibleLibraryException if it is absent, lacks a function or has other structs
     */
    public static Llama open(Ggml ggml) {
        return new Llama(ggml);
    }

    public Path folder() {
        return ggml.folder();
    }

    /**
     * Loads a model's weights.
     *
     * @throws LlamaException if llama.cpp refuses the file, with what it logged
     */
    public LlamaModel load(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(modelParams).copyFrom(modelDefaults);
            ggml.log().take();
            MemorySegment model = Libraries.callPointer(
                    function("llama_model_load_from_file", FunctionDescriptor.of(ADDRESS, ADDRESS, modelParams)),
                    arena.allocateFrom(file.toString()), params);
            if (model.equals(MemorySegment.NULL)) {
                throw new LlamaException(file + ": expected a model that llama.cpp loads; it says: "
                        + ggml.log().take());
            }
            return new LlamaModel(this, file, model);
        }
    }

    StructLayout contextParams() {
        return contextParams;
    }

    MemorySegment contextDefaults() {
        return contextDefaults;
    }

    MethodHandle function(String name, FunctionDescriptor descriptor) {
        return libraries.of(name, descriptor);
    }

    MethodHandle pointer(String name, ValueLayout... arguments) {
        return libraries.pointer(name, arguments);
    }

    MethodHandle action(String name, ValueLayout... arguments) {
        return libraries.action(name, arguments);
    }

    MethodHandle integer(String name, ValueLayout... arguments) {
        return libraries.integer(name, arguments);
    }

    /** What was logged since the last call, as one line. */
    String log() {
        return ggml.log().take();
    }
}
