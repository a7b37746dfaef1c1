package rwkvms.nativeruntime;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.List;

import rwkvms.foreign.Words;

/** A native function and its types. Those of integers and addresses are all called by one downcall, {@link Words}. */
public final class NativeFunction {
    private final MemorySegment address;
    private final FunctionDescriptor descriptor;
    private final boolean ofWords;

    public NativeFunction(MemorySegment address, FunctionDescriptor descriptor) {
        this.address = address;
        this.descriptor = descriptor;
        this.ofWords = descriptor.argumentLayouts().size() <= Words.COUNT
                && descriptor.argumentLayouts().stream().allMatch(NativeFunction::isWord)
                && descriptor.returnLayout().stream().allMatch(NativeFunction::isWord);
    }

    MemorySegment address() {
        return address;
    }

    private static boolean isWord(MemoryLayout layout) {
        return layout instanceof ValueLayout.OfInt || layout instanceof ValueLayout.OfLong
                || layout instanceof ValueLayout.OfBoolean
                || (layout instanceof AddressLayout address && address.targetLayout().isEmpty());
    }

    /** A downcall of its own, for a function that takes or returns a struct, or is called in an inner loop. */
    public MethodHandle linked() {
        return Linker.nativeLinker().downcallHandle(address, descriptor);
    }

    /** Calls the function with arguments of its types; it boxes, so it is not for inner loops. */
    public Object call(Object... arguments) {
        if (!ofWords) {
            return LibraryFunctions.call(linked(), arguments);
        }
        List<MemoryLayout> layouts = descriptor.argumentLayouts();
        if (arguments.length != layouts.size()) {
            throw new IllegalArgumentException(
                    "arguments: expected " + layouts.size() + ", found " + arguments.length);
        }
        long[] words = new long[Words.COUNT];
        for (int i = 0; i < arguments.length; i++) {
            words[i] = word(layouts.get(i), arguments[i]);
        }
        try {
            long result = callWords(words[0], words[1], words[2], words[3], words[4], words[5], words[6], words[7]);
            return descriptor.returnLayout().map(layout -> value(layout, result)).orElse(0);
        } finally {
            Reference.reachabilityFence(arguments);
        }
    }

    /** Calls the function exactly, without boxing; the words behind its last argument are not read. */
    long callWords(long a, long b, long c, long d, long e, long f, long g, long h) {
        return Words.call(address, a, b, c, d, e, f, g, h);
    }

    private static long word(MemoryLayout layout, Object argument) {
        if (layout instanceof AddressLayout) {
            return address((MemorySegment) argument);
        }
        if (layout instanceof ValueLayout.OfBoolean) {
            return (boolean) argument ? 1 : 0;
        }
        return layout instanceof ValueLayout.OfLong && argument instanceof Long number ? number : (int) argument;
    }

    /** The address of native memory that is not freed. */
    static long address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("expected native memory, found memory of Java");
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("expected native memory that is not freed");
        }
        return segment.address();
    }

    /** What a result's type keeps of the word. */
    private static Object value(MemoryLayout layout, long word) {
        if (layout instanceof AddressLayout) {
            return MemorySegment.ofAddress(word);
        }
        if (layout instanceof ValueLayout.OfBoolean) {
            return (byte) word != 0;
        }
        if (layout instanceof ValueLayout.OfLong) {
            return word;
        }
        return (int) word;
    }
}
