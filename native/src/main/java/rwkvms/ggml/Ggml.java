package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;

/**
 * ggml, loaded for the rest of the process. Its struct layouts are those of llama-cpp.md. They are checked at load: the
 * size of a tensor by what the library says, the parameters of {@code ggml_init} by reading back what arrived.
 *
 * <p>ggml aborts the process on bad arguments instead of refusing them.
 */
public final class Ggml {
    /** {@code sizeof(ggml_tensor)}; ggml counts the private {@code ggml_object} with it. */
    static final long TENSOR_SIZE = 336;
    private static final long OBJECT_SIZE = 32;

    static final StructLayout INIT_PARAMS = MemoryLayout.structLayout(JAVA_LONG.withName("mem_size"),
            ADDRESS.withName("mem_buffer"), JAVA_BOOLEAN.withName("no_alloc"), MemoryLayout.paddingLayout(7));

    private static final long NO_ALLOC_OFFSET = 16;
    /** {@code GGML_BACKEND_DEVICE_TYPE_CPU}. */
    private static final int CPU = 0;
    /** A multiple of ggml's alignment, so that ggml returns it unchanged. */
    private static final long PROBE_SIZE = 4096;

    private final Libraries libraries;
    private final GgmlLog log;
    private final long tensorOverhead;
    private final MethodHandle init;
    private final MethodHandle free;

    private Ggml(Libraries libraries) {
        this.libraries = libraries;
        this.log = GgmlLog.install(libraries);
        this.init = libraries.of("ggml_init", FunctionDescriptor.of(ADDRESS, INIT_PARAMS));
        this.free = libraries.action("ggml_free", ADDRESS);
        this.tensorOverhead = (long) Libraries
                .call(libraries.of("ggml_tensor_overhead", FunctionDescriptor.of(JAVA_LONG)));
        checkSize("sizeof(ggml_tensor)", TENSOR_SIZE, tensorOverhead - OBJECT_SIZE);
        checkInitParams();
    }

    /** Opens the ggml that the build put beside the C++ runtime. */
    public static Ggml open() {
        return open(NativeFiles.folder());
    }

    /**
     * Opens the ggml of a folder. Open it once: it stays loaded, and its log goes to the object that was opened last.
     *
     * @throws IncompatibleLibraryException if it is absent, lacks a function or has other structs
     */
    public static Ggml open(Path folder) {
        return new Ggml(Libraries.in(folder));
    }

    private void checkInitParams() {
        MemorySegment context = newContext(PROBE_SIZE);
        try {
            checkSize("ggml_init_params.mem_size", PROBE_SIZE, (long) Libraries
                    .call(libraries.of("ggml_get_mem_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS)), context));
            boolean noAlloc = (boolean) Libraries
                    .call(libraries.of("ggml_get_no_alloc", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS)), context);
            checkSize("ggml_init_params.no_alloc", 1, noAlloc ? 1 : 0);
        } finally {
            freeContext(context);
        }
    }

    private void checkSize(String what, long expected, long found) {
        if (expected != found) {
            throw new IncompatibleLibraryException(libraries.folder() + ": ggml's " + what + ": expected " + expected
                    + ", found " + found + "; this suite knows the structs of ggml 0.25.1");
        }
    }

    public String version() {
        return text("ggml_version");
    }

    /** The commit that ggml was built from. */
    public String commit() {
        return text("ggml_commit");
    }

    private String text(String function) {
        return string(Libraries.callPointer(libraries.pointer(function)));
    }

    /** A text of ggml, which ends with NUL. */
    static String string(MemorySegment pointer) {
        return pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }

    public Path folder() {
        return libraries.folder();
    }

    /** The libraries, for bindings that build on ggml. */
    public Libraries libraries() {
        return libraries;
    }

    /** Loads the best CPU variant of the folder unless the process already has one; ggml takes one per process. */
    public void loadBestCpu() {
        if (cpuDevice().equals(MemorySegment.NULL)) {
            try (Arena arena = Arena.ofConfined()) {
                Libraries.call(libraries.action("ggml_backend_load_all_from_path", ADDRESS),
                        arena.allocateFrom(folder().toString()));
            }
        }
    }

    /** The device of the CPU variant that the process runs on, or NULL. */
    MemorySegment cpuDevice() {
        return Libraries.callPointer(libraries.pointer("ggml_backend_dev_by_type", JAVA_INT), CPU);
    }

    public GgmlLog log() {
        return log;
    }

    /** How many bytes of a context a tensor takes. */
    long tensorOverhead() {
        return tensorOverhead;
    }

    /** A context for tensors without data. */
    MemorySegment newContext(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(INIT_PARAMS);
            params.set(JAVA_LONG, 0, bytes);
            params.set(JAVA_BOOLEAN, NO_ALLOC_OFFSET, true);
            MemorySegment context = Libraries.callPointer(init, params);
            if (context.equals(MemorySegment.NULL)) {
                throw new GgmlException("ggml_init: no memory for a context of " + bytes + " bytes; ggml says: "
                        + log.take());
            }
            return context;
        }
    }

    void freeContext(MemorySegment context) {
        Libraries.call(free, context);
    }
}
