package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import rwkvms.nativeruntime.DynamicLinker;
import rwkvms.nativeruntime.ExitGuard;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.LibraryList.Role;
import rwkvms.nativeruntime.LibraryList;
import rwkvms.nativeruntime.NativeFunction;

/**
 * ggml's libraries of one folder, loaded in that order for the rest of the process, and with
 * {@link #and} more of the folder. Only for the bindings of this module: calling a function with a wrong descriptor is
 * undefined behaviour.
 */
public record Libraries(Path folder, SymbolLookup symbols) {
    static Libraries in(Path folder) {
        LibraryList list = LibraryList.of(folder);
        SymbolLookup base = load(list.one(Role.GGML_BASE));
        SymbolLookup ggml = load(list.one(Role.GGML));
        return new Libraries(folder, base.or(ggml));
    }

    /** Loads one more library of the folder, such as llama.cpp's own, which needs the others. */
    public Libraries and(Role role) {
        return new Libraries(folder, load(LibraryList.of(folder).one(role)).or(symbols));
    }

    private static SymbolLookup load(Path library) {
        ExitGuard.raise();
        try {
            return SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalArgumentException e) {
            String reason = DynamicLinker.refusal(library).orElse(String.valueOf(e.getMessage()));
            throw new IncompatibleLibraryException(library + ": cannot be loaded: " + reason, e);
        }
    }

    /** How well a CPU variant fits this processor, as it says itself; 0 if it does not run here. */
    static int score(Path variant) {
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup(variant, arena).find("ggml_backend_score")
                    .map(score -> (int) new NativeFunction(score, FunctionDescriptor.of(JAVA_INT)).call()).orElse(1);
        } catch (IllegalArgumentException _) {
            // The dynamic linker does not load it.
            return 0;
        }
    }

    /** The address of a function; {@link IncompatibleLibraryException} if none of the libraries has it. */
    public MemorySegment address(String function) {
        return symbols.find(function).orElseThrow(() -> new IncompatibleLibraryException(
                folder + ": the function " + function
                        + " is missing; docs/llama-releases.md lists the releases of llama.cpp that have it"));
    }

    /** A function of any type. */
    public NativeFunction of(String function, FunctionDescriptor descriptor) {
        return new NativeFunction(address(function), descriptor);
    }

    /** A function that returns a pointer. */
    public NativeFunction pointer(String function, ValueLayout... arguments) {
        return of(function, FunctionDescriptor.of(ADDRESS, arguments));
    }

    /** A function that returns nothing. */
    public NativeFunction action(String function, ValueLayout... arguments) {
        return of(function, FunctionDescriptor.ofVoid(arguments));
    }

    /** A function that returns an int32 or an enum. */
    public NativeFunction integer(String function, ValueLayout... arguments) {
        return of(function, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /** Calls a function of any type; it boxes, so it is not for inner loops. */
    public static Object call(NativeFunction function, Object... arguments) {
        return function.call(arguments);
    }

    /** Calls a function that returns a pointer. */
    public static MemorySegment callPointer(NativeFunction function, Object... arguments) {
        return (MemorySegment) call(function, arguments);
    }

}
