package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Keeps a library in this process from ending it with a code of its own: a call of C's {@code exit} gives the code of the guard.
 * C runs what was registered with it last to first, so that {@link #lift}, behind which the process ends as it wants, needs no
 * handler to be taken back. {@code _exit} asks nobody: a library of others belongs in a process of its own.
 */
public final class ExitGuard {
    private static final String WORDS = "gate: a library ended the process before the verdict; last error of the system";

    private static volatile Optional<Integer> code = Optional.empty();
    private static boolean raised;

    private ExitGuard() {
    }

    /** From when the first library is loaded, another's {@code exit} ends this process with that code. */
    public static void arm(int exitCode) {
        code = Optional.of(exitCode);
    }

    /** Registers the guard where it is armed; before anything is loaded. */
    public static synchronized void raise() {
        if (raised || code.isEmpty()) {
            return;
        }
        raised = true;
        SymbolLookup system = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> end = system.find("_exit");
        Optional<MemorySegment> say = system.find("perror");
        // Without on_exit, which is glibc's, the guard could not be lifted.
        if (system.find("on_exit").isPresent() && end.isPresent() && say.isPresent()) {
            register(end.get(), MemorySegment.ofAddress(code.get()));
            register(say.get(), Arena.global().allocateFrom(WORDS));
            Runtime.getRuntime().addShutdownHook(new Thread(ExitGuard::lift));
        }
    }

    /** The process may end now, with whatever code. */
    public static synchronized void lift() {
        if (raised) {
            raised = false;
            SymbolLookup system = Linker.nativeLinker().defaultLookup();
            Functions.call(handle("on_exit", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS)),
                    system.findOrThrow("_exit"), MemorySegment.NULL);
        }
    }

    /** {@code function(argument)} at exit. */
    private static void register(MemorySegment function, MemorySegment argument) {
        Functions.call(handle("__cxa_atexit", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS)), function,
                argument, MemorySegment.NULL);
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow(name),
                descriptor);
    }
}
