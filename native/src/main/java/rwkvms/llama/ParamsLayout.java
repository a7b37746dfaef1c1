package rwkvms.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Optional;

import rwkvms.ggml.Libraries;
import rwkvms.ggml.Struct;

/**
 * A params struct of llama.cpp, with the default of each field from its {@code *_default_params} function.
 *
 * <p>The library does not tell the size of its structs, and they change between versions (llama-cpp.md). So the
 * function writes into memory that is filled with a pattern: a field that has moved shows the default of another or the
 * pattern, and a struct that has grown writes beyond the end of this one.
 */
record ParamsLayout(Struct struct, String defaultsFunction) {
    /** Enough bytes for the struct of any version. */
    private static final int ROOM = 512;
    private static final byte PATTERN = (byte) 0xA5;

    /** The defaults of the library. */
    MemorySegment defaults(Libraries libraries, Arena arena) {
        return arena.allocate(struct.size(), Long.BYTES).copyFrom(call(libraries).asSlice(0, struct.size()));
    }

    /** What in the library's defaults contradicts this struct: a field that is elsewhere, or another size. */
    Optional<String> difference(Libraries libraries) {
        MemorySegment written = call(libraries);
        for (Struct.Field field : struct.fields()) {
            long found = bits(written, field.offset(), field.size());
            if (field.defaultBits().isPresent() && found != field.defaultBits().getAsLong()) {
                return different("." + field.name() + " at byte " + field.offset() + ": expected the default "
                        + hex(field, field.defaultBits().getAsLong()) + ", found " + hex(field, found));
            }
        }
        long end = ROOM;
        while (end > 0 && written.get(JAVA_BYTE, end - 1) == PATTERN) {
            end--;
        }
        return end > struct.size()
                ? different(": expected " + struct.size() + " bytes, found at least " + end)
                : Optional.empty();
    }

    private Optional<String> different(String difference) {
        return Optional.of("struct " + struct.name() + difference);
    }

    private MemorySegment call(Libraries libraries) {
        MemorySegment room = Arena.ofAuto().allocate(ROOM, Long.BYTES).fill(PATTERN);
        StructLayout any = MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(ROOM / Long.BYTES, ValueLayout.JAVA_LONG).withName("any"));
        SegmentAllocator there = (size, alignment) -> room;
        return Libraries.callPointer(libraries.of(defaultsFunction, FunctionDescriptor.of(any)), there);
    }

    private static String hex(Struct.Field field, long bits) {
        return String.format(Locale.ROOT, "0x%0" + 2 * field.size() + "x", bits);
    }

    private static long bits(MemorySegment segment, long offset, long size) {
        long bits = 0;
        for (long i = size - 1; i >= 0; i--) {
            bits = bits << Byte.SIZE | Byte.toUnsignedLong(segment.get(JAVA_BYTE, offset + i));
        }
        return bits;
    }
}
