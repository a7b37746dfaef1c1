package rwkvms.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import rwkvms.ggml.Libraries;
import rwkvms.nativeruntime.IncompatibleLibraryException;

/**
 * A params struct of llama.cpp, with the default of each field from its {@code *_default_params} function.
 *
 * <p>The library does not tell the size of its structs, and they change between versions (llama-cpp.md). So the
 * function writes into memory that is filled with a pattern: a field that has moved shows the default of another or the
 * pattern, and a struct that has grown writes beyond the end of this one.
 */
record ParamsLayout(String name, String defaultsFunction, List<Field> fields) {
    /** Enough bytes for the struct of any version. */
    private static final int ROOM = 512;
    private static final byte PATTERN = (byte) 0xA5;

    /** A field: its layout, and its default as the stored bits. */
    record Field(ValueLayout layout, long defaultBits) {
        static Field of(ValueLayout layout, String name, long defaultBits) {
            return new Field(layout.withName(name), defaultBits);
        }

        String name() {
            return layout.name().orElseThrow();
        }
    }

    ParamsLayout {
        fields = List.copyOf(fields);
    }

    /** The struct, padded as C pads it. */
    StructLayout struct() {
        List<MemoryLayout> members = new ArrayList<>();
        long size = 0;
        long widest = 1;
        for (Field field : fields) {
            long alignment = field.layout.byteAlignment();
            size = pad(members, size, alignment);
            members.add(field.layout);
            size += field.layout.byteSize();
            widest = Math.max(widest, alignment);
        }
        pad(members, size, widest);
        return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new)).withName(name);
    }

    private static long pad(List<MemoryLayout> members, long size, long alignment) {
        long padding = -size & (alignment - 1);
        if (padding > 0) {
            members.add(MemoryLayout.paddingLayout(padding));
        }
        return size + padding;
    }

    /**
     * The defaults from the library, checked field by field.
     *
     * @throws IncompatibleLibraryException if a field is elsewhere or the struct has another size
     */
    MemorySegment checkedDefaults(Libraries libraries, Arena arena) {
        MemorySegment written = call(libraries);
        StructLayout struct = struct();
        for (Field field : fields) {
            long offset = struct.byteOffset(PathElement.groupElement(field.name()));
            long found = bits(written, offset, field.layout.byteSize());
            if (found != field.defaultBits) {
                throw unknown(libraries, "." + field.name() + " at byte " + offset + ": expected the default "
                        + hex(field, field.defaultBits) + ", found " + hex(field, found));
            }
        }
        long end = ROOM;
        while (end > 0 && written.get(JAVA_BYTE, end - 1) == PATTERN) {
            end--;
        }
        if (end > struct.byteSize()) {
            throw unknown(libraries, ": expected " + struct.byteSize() + " bytes, found at least " + end);
        }
        return arena.allocate(struct).copyFrom(written.asSlice(0, struct.byteSize()));
    }

    private MemorySegment call(Libraries libraries) {
        MemorySegment room = Arena.ofAuto().allocate(ROOM, Long.BYTES).fill(PATTERN);
        StructLayout any = MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(ROOM / Long.BYTES, ValueLayout.JAVA_LONG).withName("any"));
        SegmentAllocator there = (size, alignment) -> room;
        return Libraries.callPointer(libraries.of(defaultsFunction, FunctionDescriptor.of(any)), there);
    }

    private IncompatibleLibraryException unknown(Libraries libraries, String difference) {
        return new IncompatibleLibraryException(libraries.folder() + ": struct " + name + difference
                + "; this suite knows the structs of llama.cpp v0.5.0");
    }

    private static String hex(Field field, long bits) {
        return String.format(Locale.ROOT, "0x%0" + 2 * field.layout.byteSize() + "x", bits);
    }

    private static long bits(MemorySegment segment, long offset, long size) {
        long bits = 0;
        for (long i = size - 1; i >= 0; i--) {
            bits = bits << Byte.SIZE | Byte.toUnsignedLong(segment.get(JAVA_BYTE, offset + i));
        }
        return bits;
    }
}
