package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import rwkvms.nativeruntime.IncompatibleLibraryException;

/** {@code libggml-base} and {@code libggml} of one folder, loaded for the rest of the process in that order. */
record Libraries(Path folder, SymbolLookup symbols) {
    /** A file's version may stand before or behind its suffix: {@code libggml.v0.5.0.so}, {@code libggml.so.0}. */
    private static final String VERSION_AND_SUFFIX = "(\\.v?[0-9.]+)?\\.(so|dylib|dll)(\\.[0-9.]+)?";

    static Libraries in(Path folder) {
        SymbolLookup base = load(file(folder, "ggml-base"));
        SymbolLookup ggml = load(file(folder, "ggml"));
        return new Libraries(folder, base.or(ggml));
    }

    private static Path file(Path folder, String name) {
        String pattern = "(lib)?" + name + VERSION_AND_SUFFIX;
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches(pattern)).sorted().findFirst()
                    .orElseThrow(() -> new IncompatibleLibraryException(folder + ": expected a library " + name
                            + ", found none; build it with mvn -DskipTests package -pl native -am"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SymbolLookup load(Path library) {
        try {
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new IncompatibleLibraryException(library + ": cannot be loaded: " + e.getMessage(), e);
        }
    }

    MemorySegment address(String function) {
        return symbols.find(function).orElseThrow(() -> new IncompatibleLibraryException(
                folder + ": the function " + function + " is missing from ggml; this suite knows ggml 0.25.1"));
    }

    MethodHandle of(String function, FunctionDescriptor descriptor) {
        return handle(address(function), descriptor);
    }

    /** A function that returns a pointer. */
    MethodHandle pointer(String function, ValueLayout... arguments) {
        return of(function, FunctionDescriptor.of(ADDRESS, arguments));
    }

    /** A function that returns nothing. */
    MethodHandle action(String function, ValueLayout... arguments) {
        return of(function, FunctionDescriptor.ofVoid(arguments));
    }

    /** A function that returns an int32 or an enum. */
    MethodHandle integer(String function, ValueLayout... arguments) {
        return of(function, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    static MethodHandle handle(MemorySegment address, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(address, descriptor);
    }

    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static MemorySegment callPointer(MethodHandle function, Object... arguments) {
        return (MemorySegment) call(function, arguments);
    }

    static AssertionError unexpected(Throwable e) {
        return new AssertionError("a downcall throws no checked exception", e);
    }
}
