package rwkvms.nativeruntime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import rwkvms.runtime.RuntimeFailure;

/**
 * A buffer for native output between two guard segments. Every caller calls {@link #checkGuards} after the native call,
 * which finds a byte that the library wrote before or after the buffer.
 */
public final class GuardedBuffer {
    /** The size of each guard in bytes: a multiple of the widest vector, so that the buffer stays aligned. */
    private static final long GUARD = 64;
    private static final byte PATTERN = (byte) 0xA5;
    private static final MemorySegment INTACT = Arena.global().allocate(GUARD).fill(PATTERN).asReadOnly();

    private final String name;
    private final MemorySegment whole;
    private final MemorySegment buffer;

    public GuardedBuffer(Arena arena, String name, long bytes) {
        this.name = name;
        this.whole = arena.allocate(bytes + 2 * GUARD, GUARD);
        this.buffer = whole.asSlice(GUARD, bytes);
        whole.asSlice(0, GUARD).fill(PATTERN);
        whole.asSlice(GUARD + bytes).fill(PATTERN);
    }

    public String name() {
        return name;
    }

    public MemorySegment segment() {
        return buffer;
    }

    long floats() {
        return buffer.byteSize() / Float.BYTES;
    }

    /** {@link RuntimeFailure} if a byte of a guard has changed. */
    public void checkGuards() {
        check(0, "before");
        check(GUARD + buffer.byteSize(), "behind");
    }

    private void check(long from, String where) {
        long at = whole.asSlice(from, GUARD).mismatch(INTACT);
        if (at >= 0) {
            throw new RuntimeFailure("the library wrote outside its buffer: " + name + ", " + (from + at - GUARD)
                    + " bytes from its start, " + where + " its " + buffer.byteSize() + " bytes");
        }
    }

    public byte[] toBytes() {
        return buffer.toArray(ValueLayout.JAVA_BYTE);
    }
}
