package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The floating-point environment of a thread. Java relies on its default, and a library can change it for all that
 * follows.
 */
public final class FloatingPoint {
    /** At least the size of {@code fenv_t} on any system. */
    private static final int SIZE = 256;
    private static final FunctionDescriptor OF_ENVIRONMENT = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    private static final float TINY = 0x1p-30f;
    private static final float HALF = 0.5f;
    /** Not a constant, so that no compiler computes with it in advance. */
    private static volatile float one = 1;

    private final MemorySegment saved = Arena.ofAuto().allocate(SIZE, Long.BYTES);

    private FloatingPoint() {
        call("fegetenv", saved);
    }

    /** Saves the environment of this thread. */
    public static FloatingPoint save() {
        return new FloatingPoint();
    }

    /**
     * Restores the environment in the same thread, and returns what a library had left instead; empty if Java's
     * arithmetic was right.
     */
    public Optional<String> restore() {
        Optional<String> found = found();
        call("fesetenv", saved);
        return found;
    }

    private static Optional<String> found() {
        float x = one;
        if (x + TINY > x) {
            return rounding("upward");
        }
        if (x - TINY < x) {
            return rounding(-x - TINY < -x ? "downward" : "toward zero");
        }
        boolean kept = x * Float.MIN_NORMAL * HALF > 0 && x * Float.MIN_VALUE > 0;
        return kept ? Optional.empty() : Optional.of("the library leaves subnormal numbers flushed to zero");
    }

    private static Optional<String> rounding(String found) {
        return Optional.of("the library leaves another rounding mode: expected to the nearest, found " + found);
    }

    private static void call(String function, MemorySegment environment) {
        Linker.nativeLinker().defaultLookup().find(function)
                .ifPresent(address -> new NativeFunction(address, OF_ENVIRONMENT).call(environment));
    }
}
