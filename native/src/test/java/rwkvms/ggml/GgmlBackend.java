package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * One stream of computations on ggml's CPU backend, with its own threads. For one Java thread at a time.
 *
 * <p>ggml takes one CPU variant per process: a second would register a second device. So where a variant is already loaded,
 * by this class or by the C++ runtime, that one is used.
 */
public final class GgmlBackend implements AutoCloseable {
    /** {@code GGML_MAX_N_THREADS}. */
    private static final int MAX_THREADS = 512;
    /** At least {@code sizeof(ggml_threadpool_params)}, which ggml fills itself. */
    private static final long THREADPOOL_PARAMS_ROOM = 4096;

    private final Ggml ggml;
    private final MemorySegment stream;
    private final MemorySegment threads;
    private final MethodHandle freeThreads;
    private int graphs;
    private boolean closed;

    private GgmlBackend(Ggml ggml, MemorySegment device, int threadCount) {
        this.ggml = ggml;
        Libraries libraries = ggml.libraries();
        MemorySegment registry = Libraries.callPointer(libraries.pointer("ggml_backend_dev_backend_reg", ADDRESS),
                device);
        MethodHandle newThreads = offered(registry, "ggml_threadpool_new", FunctionDescriptor.of(ADDRESS, ADDRESS));
        MethodHandle setThreads = offered(registry, "ggml_backend_cpu_set_threadpool",
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        MethodHandle setCount = offered(registry, "ggml_backend_set_n_threads",
                FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
        this.freeThreads = offered(registry, "ggml_threadpool_free", FunctionDescriptor.ofVoid(ADDRESS));
        this.stream = require("ggml_backend_dev_init", Libraries.callPointer(
                libraries.pointer("ggml_backend_dev_init", ADDRESS, ADDRESS), device, MemorySegment.NULL));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(THREADPOOL_PARAMS_ROOM);
            Libraries.call(libraries.action("ggml_threadpool_params_init", ADDRESS, JAVA_INT), params, threadCount);
            this.threads = Libraries.callPointer(newThreads, params);
        }
        if (threads.equals(MemorySegment.NULL)) {
            Libraries.call(libraries.action("ggml_backend_free", ADDRESS), stream);
            throw new GgmlException("ggml_threadpool_new: expected " + threadCount + " threads, found NULL; ggml says: "
                    + ggml.log().take());
        }
        Libraries.call(setCount, stream, threadCount);
        Libraries.call(setThreads, stream, threads);
    }

    /** The variant that is loaded, else the best one of ggml's folder. */
    public static GgmlBackend cpu(Ggml ggml, int threads) {
        ggml.loadBestCpu();
        return onLoaded(ggml, threads, ggml.folder() + ": expected a libggml-cpu that runs on this processor");
    }

    /**
     * One {@code libggml-cpu-*}.
     *
     * @throws GgmlException where ggml refuses the file, or the process already runs on a variant
     */
    public static GgmlBackend load(Ggml ggml, Path variant, int threads) {
        if (!ggml.cpuDevice().equals(MemorySegment.NULL)) {
            throw new GgmlException(variant + ": expected a process without a CPU backend, found one loaded;"
                    + " ggml takes one CPU variant per process");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment registry = Libraries.callPointer(ggml.libraries().pointer("ggml_backend_load", ADDRESS),
                    arena.allocateFrom(variant.toString()));
            if (registry.equals(MemorySegment.NULL)) {
                throw new GgmlException(variant + ": expected a ggml backend, found none; ggml says: "
                        + ggml.log().take());
            }
        }
        return onLoaded(ggml, threads, variant + ": expected a CPU backend");
    }

    private static GgmlBackend onLoaded(Ggml ggml, int threads, String expected) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads: expected 1 to " + MAX_THREADS + ", found " + threads);
        }
        MemorySegment device = ggml.cpuDevice();
        if (device.equals(MemorySegment.NULL)) {
            throw new GgmlException(expected + ", found none; ggml says: " + ggml.log().take());
        }
        return new GgmlBackend(ggml, device, threads);
    }

    /** A function that the CPU backend offers by name. */
    private MethodHandle offered(MemorySegment registry, String name, FunctionDescriptor descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = Libraries.callPointer(
                    ggml.libraries().pointer("ggml_backend_reg_get_proc_address", ADDRESS, ADDRESS), registry,
                    arena.allocateFrom(name));
            return Libraries.handle(require(name, address), descriptor);
        }
    }

    private MemorySegment require(String function, MemorySegment result) {
        if (result.equals(MemorySegment.NULL)) {
            throw new GgmlException(
                    ggml.folder() + ": " + function + ": found NULL; ggml says: " + ggml.log().take());
        }
        return result;
    }

    Ggml ggml() {
        return ggml;
    }

    MemorySegment stream() {
        return stream;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("backend: expected it open, found it closed");
        }
    }

    void graphOpened() {
        graphs++;
    }

    void graphClosed() {
        graphs--;
    }

    /** After its graphs; {@link IllegalStateException} while one is open. */
    @Override
    public void close() {
        if (graphs > 0) {
            throw new IllegalStateException(
                    "backend: expected its graphs to be closed before it, found " + graphs + " open");
        }
        if (!closed) {
            closed = true;
            Libraries.call(ggml.libraries().action("ggml_backend_free", ADDRESS), stream);
            Libraries.call(freeThreads, threads);
        }
    }
}
