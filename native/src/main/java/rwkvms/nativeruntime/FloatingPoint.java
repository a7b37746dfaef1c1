package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** How the processor rounds in a thread: Java counts on its being left alone, and a library can change it for all that follows. */
public final class FloatingPoint {
    /** More than {@code fenv_t} has anywhere. */
    private static final int SIZE = 256;
    private static final FunctionDescriptor OF_ENVIRONMENT = FunctionDescriptor.of(JAVA_INT, ADDRESS);
    private static final float TINY = 0x1p-30f;
    private static final float HALF = 0.5f;
    /** Not a constant, lest a compiler computes with it beforehand. */
    private static volatile float one = 1;

    private final MemorySegment saved = Arena.ofAuto().allocate(SIZE, Long.BYTES);

    private FloatingPoint() {
        call("fegetenv", saved);
    }

    /** What this thread has now. */
    public static FloatingPoint save() {
        return new FloatingPoint();
    }

    /** Puts it back in the same thread. What a library left in its place comes back; empty where Java's arithmetic is right. */
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
        Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find(function)
                .ifPresent(address -> Functions.call(linker.downcallHandle(address, OF_ENVIRONMENT), environment));
    }
}
