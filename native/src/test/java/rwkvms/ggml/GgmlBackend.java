package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import rwkvms.nativeruntime.NativeFunction;

/**
 * One stream of computations on ggml's CPU backend, with its own threads. For one Java thread at a time; its graphs are closed
 * before it.
 */
public final class GgmlBackend implements AutoCloseable {
    /** At least {@code sizeof(ggml_threadpool_params)}, which ggml fills itself. */
    private static final long THREADPOOL_PARAMS_ROOM = 4096;

    private final Ggml ggml;
    private final MemorySegment stream;
    private final MemorySegment threads;
    private final NativeFunction freeThreads;

    private GgmlBackend(Ggml ggml, MemorySegment device, int threadCount) {
        this.ggml = ggml;
        Libraries libraries = ggml.libraries();
        MemorySegment registry = Libraries.callPointer(libraries.pointer("ggml_backend_dev_backend_reg", ADDRESS),
                device);
        NativeFunction newThreads = offered(registry, "ggml_threadpool_new", FunctionDescriptor.of(ADDRESS, ADDRESS));
        NativeFunction setThreads = offered(registry, "ggml_backend_cpu_set_threadpool",
                FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        NativeFunction setCount = offered(registry, "ggml_backend_set_n_threads",
                FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
        this.freeThreads = offered(registry, "ggml_threadpool_free", FunctionDescriptor.ofVoid(ADDRESS));
        this.stream = required(ggml, "ggml_backend_dev_init", Libraries.callPointer(
                libraries.pointer("ggml_backend_dev_init", ADDRESS, ADDRESS), device, MemorySegment.NULL));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(THREADPOOL_PARAMS_ROOM);
            Libraries.call(libraries.action("ggml_threadpool_params_init", ADDRESS, JAVA_INT), params, threadCount);
            this.threads = required(ggml, "ggml_threadpool_new", Libraries.callPointer(newThreads, params));
        }
        Libraries.call(setCount, stream, threadCount);
        Libraries.call(setThreads, stream, threads);
    }

    /** The loaded variant, else the best one in ggml's folder. */
    public static GgmlBackend cpu(Ggml ggml, int threads) {
        ggml.loadBestCpu();
        return new GgmlBackend(ggml, required(ggml, "ggml_backend_dev_by_type", ggml.cpuDevice()), threads);
    }

    /** A function that the CPU backend offers by name. */
    private NativeFunction offered(MemorySegment registry, String name, FunctionDescriptor descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = Libraries.callPointer(
                    ggml.libraries().pointer("ggml_backend_reg_get_proc_address", ADDRESS, ADDRESS), registry,
                    arena.allocateFrom(name));
            return new NativeFunction(required(ggml, name, address), descriptor);
        }
    }

    /** The result of a function; fails if it is NULL. */
    static MemorySegment required(Ggml ggml, String function, MemorySegment result) {
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

    @Override
    public void close() {
        Libraries.call(ggml.libraries().action("ggml_backend_free", ADDRESS), stream);
        Libraries.call(freeThreads, threads);
    }
}
