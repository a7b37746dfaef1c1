package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/**
 * Keeps a library from ending this process with an exit code of its own: if it calls C's {@code exit}, the process ends
 * with the code of the guard. C runs exit handlers from last to first, so {@link #lift} only registers another one.
 * {@code _exit} runs no handlers, so somebody else's library belongs in a process of its own.
 */
public final class ExitGuard {
    private static final String WORDS = "gate: a library ended the process before the verdict; last error of the system";

    private static volatile Optional<Integer> code = Optional.empty();
    private static boolean raised;

    private ExitGuard() {
    }

    /** Sets the code: once the first library is loaded, an {@code exit} of a library ends this process with it. */
    public static void arm(int exitCode) {
        code = Optional.of(exitCode);
    }

    /** Registers the guard if it is armed; this comes before anything is loaded. */
    public static synchronized void raise() {
        if (raised || code.isEmpty()) {
            return;
        }
        raised = true;
        SymbolLookup system = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> end = system.find("_exit");
        Optional<MemorySegment> say = system.find("perror");
        // Without glibc's on_exit the guard could not be lifted.
        if (system.find("on_exit").isPresent() && end.isPresent() && say.isPresent()) {
            register(end.get(), MemorySegment.ofAddress(code.get()));
            register(say.get(), Arena.global().allocateFrom(WORDS));
            Runtime.getRuntime().addShutdownHook(new Thread(ExitGuard::lift));
        }
    }

    /** Lifts the guard: from now on the process may end with any code. */
    public static synchronized void lift() {
        if (raised) {
            raised = false;
            SymbolLookup system = Linker.nativeLinker().defaultLookup();
            system("on_exit", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS)).call(system.findOrThrow("_exit"),
                    MemorySegment.NULL);
        }
    }

    /** Registers {@code function(argument)} to run at exit. */
    private static void register(MemorySegment function, MemorySegment argument) {
        system("__cxa_atexit", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS)).call(function, argument,
                MemorySegment.NULL);
    }

    private static NativeFunction system(String name, FunctionDescriptor descriptor) {
        return new NativeFunction(Linker.nativeLinker().defaultLookup().findOrThrow(name), descriptor);
    }
}
