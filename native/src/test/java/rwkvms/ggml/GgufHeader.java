package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import rwkvms.nativeruntime.IncompatibleLibraryException;

/**
 * The header of a GGUF file as ggml itself reads it: keys, tensor names, types and offsets; no tensor data and no values. It
 * takes files that this suite's own reader refuses (llama-cpp.md), which makes it a second opinion and no validator.
 *
 * <p>What aborts in ggml is not bound, or its index is checked first: values by type, ids out of range, reading the data of
 * a file whose last tensor claims a huge size. Files may still claim counts that make ggml allocate much: hand it files of
 * unknown origin in a child process with a memory limit only.
 */
public final class GgufHeader implements AutoCloseable {
    static final StructLayout INIT_PARAMS = MemoryLayout.structLayout(JAVA_BOOLEAN.withName("no_alloc"),
            MemoryLayout.paddingLayout(7), ADDRESS.withName("ctx"));

    private static final long CTX_OFFSET = 8;
    /** "GGUF", version 3, no tensors, no keys. */
    private static final byte[] SMALLEST_FILE = {'G', 'G', 'U', 'F', 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0};

    private final Ggml ggml;
    private final Path path;
    private final MemorySegment handle;
    private boolean closed;

    /** One tensor: its offset counts from {@link #dataOffset}. */
    public record TensorInfo(String name, int typeId, long offset, long bytes) {
    }

    private GgufHeader(Ggml ggml, Path path, MemorySegment handle) {
        this.ggml = ggml;
        this.path = path;
        this.handle = handle;
    }

    /**
     * Reads a file's header.
     *
     * @throws GgmlException if ggml refuses the file, with what it logged
     */
    public static GgufHeader open(Ggml ggml, Path path) {
        checkInitParams(ggml);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(INIT_PARAMS);
            params.set(JAVA_BOOLEAN, 0, true);
            ggml.log().take();
            MemorySegment handle = Libraries.callPointer(
                    ggml.libraries().of("gguf_init_from_file", FunctionDescriptor.of(ADDRESS, ADDRESS, INIT_PARAMS)),
                    arena.allocateFrom(path.toString()), params);
            if (handle.equals(MemorySegment.NULL)) {
                throw new GgmlException(path + ": expected a GGUF file that ggml reads; ggml says: "
                        + ggml.log().take());
            }
            return new GgufHeader(ggml, path, handle);
        }
    }

    /**
     * Lets ggml read a file's tensor data into memory too, and drops it all. ggml ends the process at files that claim too
     * much: in a child process with a memory limit only.
     *
     * @throws GgmlException if ggml refuses the file, with what it logged
     */
    public static void readData(Ggml ggml, Path path) {
        checkInitParams(ggml);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(ADDRESS);
            MemorySegment params = arena.allocate(INIT_PARAMS);
            params.set(ADDRESS, CTX_OFFSET, context);
            ggml.log().take();
            MemorySegment handle = Libraries.callPointer(
                    ggml.libraries().of("gguf_init_from_file", FunctionDescriptor.of(ADDRESS, ADDRESS, INIT_PARAMS)),
                    arena.allocateFrom(path.toString()), params);
            if (handle.equals(MemorySegment.NULL)) {
                throw new GgmlException(path + ": expected tensor data that ggml reads; ggml says: "
                        + ggml.log().take());
            }
            ggml.freeContext(context.get(ADDRESS, 0));
            Libraries.call(ggml.libraries().action("gguf_free", ADDRESS), handle);
        }
    }

    /** Lets ggml read the smallest file: it finds where to put a context only if the struct is as it expects. */
    private static void checkInitParams(Ggml ggml) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(ADDRESS);
            MemorySegment params = arena.allocate(INIT_PARAMS);
            params.set(JAVA_BOOLEAN, 0, true);
            params.set(ADDRESS, CTX_OFFSET, context);
            MemorySegment handle = Libraries.callPointer(
                    ggml.libraries().of("gguf_init_from_buffer",
                            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, INIT_PARAMS)),
                    arena.allocateFrom(JAVA_BYTE, SMALLEST_FILE),
                    (long) SMALLEST_FILE.length, params);
            MemorySegment made = context.get(ADDRESS, 0);
            if (handle.equals(MemorySegment.NULL) || made.equals(MemorySegment.NULL)) {
                throw new IncompatibleLibraryException(ggml.folder() + ": ggml's gguf_init_params.ctx: expected it at "
                        + CTX_OFFSET + ", found it elsewhere; this suite knows the structs of ggml 0.25.1");
            }
            ggml.freeContext(made);
            Libraries.call(ggml.libraries().action("gguf_free", ADDRESS), handle);
        }
    }

    public int version() {
        return (int) Libraries.call(ggml.libraries().integer("gguf_get_version", ADDRESS), open());
    }

    /** Byte offset of the tensor data in the file. */
    public long dataOffset() {
        return number("gguf_get_data_offset");
    }

    /** The keys in file order. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (long id = 0; id < number("gguf_get_n_kv"); id++) {
            keys.add(text("gguf_get_key", id));
        }
        return keys;
    }

    /** The tensors in file order. */
    public List<TensorInfo> tensors() {
        List<TensorInfo> tensors = new ArrayList<>();
        for (long id = 0; id < number("gguf_get_n_tensors"); id++) {
            int type = (int) Libraries.call(ggml.libraries().integer("gguf_get_tensor_type", ADDRESS, JAVA_LONG),
                    open(), id);
            tensors.add(new TensorInfo(text("gguf_get_tensor_name", id), type, number("gguf_get_tensor_offset", id),
                    number("gguf_get_tensor_size", id)));
        }
        return tensors;
    }

    private long number(String function) {
        return (long) Libraries.call(
                ggml.libraries().of(function, FunctionDescriptor.of(JAVA_LONG, ADDRESS)), open());
    }

    private long number(String function, long id) {
        return (long) Libraries.call(
                ggml.libraries().of(function, FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG)), open(), id);
    }

    private String text(String function, long id) {
        return Ggml.string(Libraries.callPointer(ggml.libraries().pointer(function, ADDRESS, JAVA_LONG), open(), id));
    }

    private MemorySegment open() {
        if (closed) {
            throw new IllegalStateException(path + ": the header is closed");
        }
        return handle;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libraries.call(ggml.libraries().action("gguf_free", ADDRESS), handle);
        }
    }
}
