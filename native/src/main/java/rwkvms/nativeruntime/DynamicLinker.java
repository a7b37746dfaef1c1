package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.Optional;

/** The dynamic linker of the system, whose messages the JVM does not pass on. */
public final class DynamicLinker {
    /**
     * {@code RTLD_NOW}, the same on Linux and macOS: a missing symbol is reported now, and does not end the process
     * later.
     */
    private static final int NOW = 2;
    /** The maximum length of a reason; no linker gives a longer one. */
    private static final long MAX_TEXT = 1 << 16;

    private DynamicLinker() {
    }

    /**
     * Loads a library for the rest of the process.
     *
     * @throws UnloadableLibraryException if it cannot be loaded, with the reason
     */
    static SymbolLookup load(Path library) {
        ElfFile.obstacle(library).or(() -> refusal(library)).ifPresent(reason -> {
            throw new UnloadableLibraryException(library + ": cannot be loaded: " + reason);
        });
        try {
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new UnloadableLibraryException(library + ": cannot be loaded: " + e.getMessage());
        }
    }

    /** Loads a library, and returns why it cannot be loaded; empty if it is loaded, or if the system has no such linker. */
    public static Optional<String> refusal(Path library) {
        SymbolLookup system = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> open = system.find("dlopen");
        Optional<MemorySegment> error = system.find("dlerror");
        if (open.isEmpty() || error.isEmpty()) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment loaded = (MemorySegment) new NativeFunction(open.get(),
                    FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT))
                    .call(arena.allocateFrom(real(library).toString()), NOW);
            return loaded.address() != 0 ? Optional.empty() : Optional.of(reason(error.get()));
        }
    }

    /** The file behind all links, as the JVM uses it: what the library needs may be beside the file itself. */
    private static Path real(Path library) {
        try {
            return library.toRealPath();
        } catch (IOException _) {
            // The linker reports what is wrong with the file.
            return library.toAbsolutePath();
        }
    }

    private static String reason(MemorySegment error) {
        MemorySegment text = (MemorySegment) new NativeFunction(error, FunctionDescriptor.of(ADDRESS)).call();
        return text.address() == 0 ? "for no reason given" : text.reinterpret(MAX_TEXT).getString(0);
    }
}
