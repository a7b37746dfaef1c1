package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

import rwkvms.nativeruntime.NativeFunction;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;

/** The functions of {@code rwkv_ms.h} in a library, called by name and with any arguments. */
final class HeaderCalls {
    private static final long TEXT_SIZE = 8192;

    private final SymbolLookup symbols;
    private final Map<String, NativeFunction> functions = new HashMap<>();

    HeaderCalls(Path library) {
        this.symbols = SymbolLookup.libraryLookup(library, Arena.global());
    }

    /**
     * Calls a function that returns a status. The arguments must have the types of the header: addresses, ints, longs,
     * booleans.
     */
    int status(String function, Object... arguments) {
        return (int) call(function, FunctionDescriptor.of(JAVA_INT, layouts(arguments)), arguments);
    }

    /** Calls a function that returns a bool. */
    boolean flag(String function, Object... arguments) {
        return (boolean) call(function, FunctionDescriptor.of(JAVA_BOOLEAN, layouts(arguments)), arguments);
    }

    /** Calls a function that returns nothing. */
    void action(String function, Object... arguments) {
        call(function, FunctionDescriptor.ofVoid(layouts(arguments)), arguments);
    }

    /** Calls a function that returns a static text; "(null)" for NULL. */
    String text(String function, Object... arguments) {
        MemorySegment text = (MemorySegment) call(function, FunctionDescriptor.of(ADDRESS, layouts(arguments)),
                arguments);
        return text.equals(MemorySegment.NULL) ? "(null)" : text.reinterpret(TEXT_SIZE).getString(0);
    }

    /** The last error of a handle; empty if none can be read. */
    String error(String function, MemorySegment handle) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(TEXT_SIZE);
            int status = status(function, handle, text, TEXT_SIZE, MemorySegment.NULL);
            return status == HeaderStatus.OK.code() ? text.getString(0) : "";
        }
    }

    /** Requires that a call succeeded; the message has the last error of the handle. */
    void requireOk(String function, int status, String errorFunction, MemorySegment handle) {
        if (status != HeaderStatus.OK.code()) {
            throw new RuntimeFailure(function + ": expected RWKV_MS_OK, found " + HeaderStatus.label(status) + ": "
                    + error(errorFunction, handle));
        }
    }

    /** Opens a sidecar without a base; not evaluated, with the given words in front, if it is not supported. */
    MemorySegment open(MemorySegment runtime, Path file, String unsupported) throws NotEvaluatedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status = status("rwkv_ms_sidecar_open", runtime, arena.allocateFrom(file.toString()),
                    MemorySegment.NULL, 0, out);
            if (status == HeaderStatus.UNSUPPORTED.code()) {
                throw new NotEvaluatedException(unsupported + error("rwkv_ms_runtime_error", runtime));
            }
            requireOk("rwkv_ms_sidecar_open", status, "rwkv_ms_runtime_error", runtime);
            return out.get(ADDRESS, 0);
        }
    }

    /** A context for one sequence, with the sidecar's own top-k. */
    MemorySegment newContext(MemorySegment sidecar) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            requireOk("rwkv_ms_context_create", status("rwkv_ms_context_create", sidecar,
                    Subject.contextParams(arena, 1, -1), out), "rwkv_ms_sidecar_error", sidecar);
            return out.get(ADDRESS, 0);
        }
    }

    MemorySegment address(String function) {
        return symbols.find(function).orElseThrow(() -> new IllegalStateException(function + ": missing"));
    }

    private Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
        return functions.computeIfAbsent(function, name -> new NativeFunction(address(name), descriptor))
                .call(arguments);
    }

    private static MemoryLayout[] layouts(Object... arguments) {
        return Arrays.stream(arguments).map(HeaderCalls::layout).toArray(MemoryLayout[]::new);
    }

    private static ValueLayout layout(Object argument) {
        if (argument instanceof MemorySegment) {
            return ADDRESS;
        }
        if (argument instanceof Integer) {
            return JAVA_INT;
        }
        if (argument instanceof Long) {
            return JAVA_LONG;
        }
        if (argument instanceof Boolean) {
            return JAVA_BOOLEAN;
        }
        throw new IllegalArgumentException("expected an address, int, long or boolean, found " + argument);
    }
}
