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

/** The dynamic linker of the system, whose own words the JVM keeps to itself. */
public final class DynamicLinker {
    /** {@code RTLD_NOW}, the same on Linux and macOS: a symbol that is nowhere is told now, not by a dead process later. */
    private static final int NOW = 2;
    /** No reason that a linker gives is so long. */
    private static final long LONGEST = 1 << 16;

    private DynamicLinker() {
    }

    /**
     * Loads a library for the rest of the process.
     *
     * @throws UnloadableLibraryException where it cannot be loaded, with the reason
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

    /** Why it cannot be loaded; empty where it is loaded now, or where the system has no such linker. */
    public static Optional<String> refusal(Path library) {
        SymbolLookup system = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> open = system.find("dlopen");
        Optional<MemorySegment> error = system.find("dlerror");
        if (open.isEmpty() || error.isEmpty()) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment loaded = (MemorySegment) Functions.call(
                    Linker.nativeLinker().downcallHandle(open.get(), FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT)),
                    arena.allocateFrom(real(library).toString()), NOW);
            return loaded.address() != 0 ? Optional.empty() : Optional.of(reason(error.get()));
        }
    }

    /** Behind all links, as the JVM has it: what the library needs may stand beside the file itself. */
    private static Path real(Path library) {
        try {
            return library.toRealPath();
        } catch (IOException _) {
            // The linker says in words of its own what is wrong with it.
            return library.toAbsolutePath();
        }
    }

    private static String reason(MemorySegment error) {
        MemorySegment text = (MemorySegment) Functions
                .call(Linker.nativeLinker().downcallHandle(error, FunctionDescriptor.of(ADDRESS)));
        return text.address() == 0 ? "for no reason given" : text.reinterpret(LONGEST).getString(0);
    }
}
