package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import rwkvms.ggml.Device;
import rwkvms.ggml.Ggml;
import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList;
import rwkvms.nativeruntime.NativeFunction;

/**
 * llama.cpp, loaded after ggml for the rest of the process, with checked struct layouts and its log in Java. It uses
 * the CPU variant that the process already has, or else loads the best one of the folder: ggml takes one per process.
 *
 * <p>llama.cpp aborts the process on some bad arguments. The classes of this package check every argument before the
 * call; methods whose arguments cannot be checked (a state of unknown origin) say so, and belong in a child process.
 */
public final class Llama {
    /** As llama.cpp says it since 2023, one more than the model's layers if the output is on the device too. */
    private static final Pattern OFFLOADED = Pattern.compile("offloaded (\\d{1,6})/\\d+ layers to GPU");
    private static final Pattern BUFFER = Pattern.compile("(\\S{1,64}) model buffer size");
    /** More than any model has. */
    private static final int ALL_LAYERS = 1 << 20;

    private final Ggml ggml;
    private final Libraries libraries;
    private final LlamaLayouts layouts;
    private final MemorySegment modelDefaults;
    private final MemorySegment contextDefaults;

    private Llama(Ggml ggml) {
        this.ggml = ggml;
        this.libraries = ggml.libraries().and(LibraryList.Role.LLAMA);
        this.layouts = LlamaLayouts.of(libraries);
        this.modelDefaults = layouts.modelParams().defaults(libraries, Arena.global()).asReadOnly();
        this.contextDefaults = layouts.contextParams().defaults(libraries, Arena.global()).asReadOnly();
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

    /** Loads a model's weights for the processor, whatever devices there are. */
    public LlamaModel load(Path file) {
        return load(file, Optional.empty());
    }

    /**
     * Loads a model's weights.
     *
     * @param device holds and computes all layers that it can; empty or the processor itself: the processor alone
     * @throws LlamaException if llama.cpp refuses the file, with what it logged
     */
    public LlamaModel load(Path file, Optional<Device> device) {
        return load(file, device, true);
    }

    /**
     * Loads a model's weights.
     *
     * @param device  as above
     * @param repacks whether weights may be held in the order that suits this processor
     *                ({@link LlamaModel#repacked()}), as llama.cpp does by default
     * @throws LlamaException if llama.cpp refuses the file, with what it logged
     */
    public LlamaModel load(Path file, Optional<Device> device, boolean repacks) {
        Optional<Device> asked = device.filter(each -> !each.isProcessor());
        Struct struct = layouts.modelParams().struct();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(struct.passed()).copyFrom(modelDefaults);
            // The list ends with NULL. llama.cpp takes every device if there is no list.
            MemorySegment devices = arena.allocate(ADDRESS, 2);
            devices.setAtIndex(ADDRESS, 0, asked.map(ggml::handle).orElse(MemorySegment.NULL));
            params.set(ADDRESS, struct.offset("devices"), devices);
            params.set(JAVA_INT, struct.offset("n_gpu_layers"), asked.isPresent() ? ALL_LAYERS : 0);
            params.set(JAVA_BOOLEAN, struct.offset("use_extra_bufts"), repacks);
            ggml.log().take();
            MemorySegment model = Libraries.callPointer(
                    function("llama_model_load_from_file", FunctionDescriptor.of(ADDRESS, ADDRESS, struct.passed())),
                    arena.allocateFrom(file.toString()), params);
            if (model.equals(MemorySegment.NULL)) {
                throw new LlamaException(file + ": expected a model that llama.cpp loads; it says: "
                        + ggml.log().take());
            }
            String log = ggml.log().take();
            return new LlamaModel(this, file, model, asked, offloaded(log), buffers(log));
        }
    }

    /** How many layers llama.cpp says that it has put on the device; 0 if it says nothing. */
    static int offloaded(String log) {
        Matcher said = OFFLOADED.matcher(log);
        return said.find() ? Integer.parseInt(said.group(1)) : 0;
    }

    /** The names of the buffers with the weights, as llama.cpp says them since 2023. */
    static List<String> buffers(String log) {
        return BUFFER.matcher(log).results().map(said -> said.group(1)).toList();
    }

    Libraries libraries() {
        return libraries;
    }

    LlamaLayouts layouts() {
        return layouts;
    }

    /** The release of llama.cpp whose structs this library has. */
    public String release() {
        return layouts.list().release();
    }

    MemorySegment contextDefaults() {
        return contextDefaults;
    }

    NativeFunction function(String name, FunctionDescriptor descriptor) {
        return libraries.of(name, descriptor);
    }

    NativeFunction pointer(String name, ValueLayout... arguments) {
        return libraries.pointer(name, arguments);
    }

    NativeFunction action(String name, ValueLayout... arguments) {
        return libraries.action(name, arguments);
    }

    NativeFunction integer(String name, ValueLayout... arguments) {
        return libraries.integer(name, arguments);
    }

    /** What was logged since the last call, as one line. */
    String log() {
        return ggml.log().take();
    }
}
