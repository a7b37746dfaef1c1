package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** Looks the functions of a library up and calls them. */
public record LibraryFunctions(Path library, SymbolLookup symbols) {
    /** The size that is tried first; a longer text is requested again with the size that the library names. */
    static final long TEXT_SIZE = 4096;

    /** The address of a function; {@link IncompatibleLibraryException} if it is missing. */
    MemorySegment address(String name) {
        return symbols.find(name).orElseThrow(() -> new IncompatibleLibraryException(library
                + ": the function " + name + " is missing; a runtime exports every function of rwkv_ms.h"));
    }

    NativeFunction find(String name, FunctionDescriptor descriptor) {
        return new NativeFunction(address(name), descriptor);
    }

    /** Calls a linked function of any type; it boxes, so it is not for inner loops. */
    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What to throw for the checked exceptions of {@code invokeExact}, which a downcall does not have. */
    public static AssertionError unexpected(Throwable e) {
        return new AssertionError("a downcall throws no checked exception", e);
    }

    /** A function that fills a text buffer and gives the size that it needs. */
    interface TextFunction {
        int fill(MemorySegment buffer, long size, MemorySegment needed);
    }

    static String text(TextFunction function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment needed = arena.allocate(JAVA_LONG);
            long size = TEXT_SIZE;
            for (int attempt = 0; attempt < 2; attempt++) {
                MemorySegment buffer = arena.allocate(size);
                int status = function.fill(buffer, size, needed);
                if (status == Status.OK) {
                    return buffer.getString(0);
                }
                size = needed.get(JAVA_LONG, 0);
                if (status != Status.SHORT_BUFFER || size <= TEXT_SIZE || size > Integer.MAX_VALUE) {
                    return "(no text: status " + status + ")";
                }
            }
            return "(no text: the library named too small a size)";
        }
    }
}
