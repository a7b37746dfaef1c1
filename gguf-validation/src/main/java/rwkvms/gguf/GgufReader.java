package rwkvms.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import rwkvms.file.FileKind;
import rwkvms.file.InputFile;

/**
 * Reads GGUF versions 2 and 3, little-endian (GGUF specification; version 1 has other field widths).
 *
 * <p>It stops only if it cannot go on. Faults that leave the rest readable, such as malformed UTF-8, are listed in
 * {@link GgufFile#problems}; a validator looks for duplicates, impossible sizes and data outside the file. Whatever the bytes
 * are, it returns or throws {@link GgufException}, and it allocates by what the file holds and {@link GgufLimits}, not by what
 * the header claims.
 */
public final class GgufReader {
    /** {@code GGUF} as a little-endian u32. */
    static final int MAGIC = 0x46554747;
    /** Alignment if {@code general.alignment} is absent. */
    static final int DEFAULT_ALIGNMENT = 32;
    static final String ALIGNMENT_KEY = "general.alignment";
    /** An alignment is a multiple of this (GGUF specification). */
    private static final int ALIGNMENT_STEP = 8;
    private static final int OLDEST = 2;
    private static final int NEWEST = 3;
    /** Bytes of the smallest entry: an empty key, a type and a one-byte value. */
    private static final long MIN_ENTRY_BYTES = Long.BYTES + Integer.BYTES + 1;
    /** Bytes of the smallest tensor info: an empty name, no dimensions, a type and an offset. */
    private static final long MIN_TENSOR_BYTES = Long.BYTES + Integer.BYTES + Integer.BYTES + Long.BYTES;

    private GgufReader() {
    }

    /** Maps the file for as long as {@code arena} lives and reads its header. Other {@link IOException}s are I/O. */
    public static GgufFile read(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(InputFile.requireSeekable(path), StandardOpenOption.READ)) {
            return read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        }
    }

    public static GgufFile read(MemorySegment bytes) throws GgufException {
        GgufProblems problems = new GgufProblems();
        GgufCursor cursor = new GgufCursor(bytes, problems);
        int version = version(cursor, bytes);
        long tensorCount = cursor.count("tensor count", MIN_TENSOR_BYTES, GgufLimits.MAX_TENSORS);
        long entryCount = cursor.count("key count", MIN_ENTRY_BYTES, GgufLimits.MAX_ENTRIES);
        List<GgufEntry> entries = new ArrayList<>();
        for (long i = 0; i < entryCount; i++) {
            entries.add(entry(cursor, i));
        }
        List<GgufTensorInfo> tensors = new ArrayList<>();
        for (long i = 0; i < tensorCount; i++) {
            tensors.add(tensor(cursor, i));
        }
        long alignment = alignment(entries, problems);
        long infoEnd = cursor.offset();
        long dataStart = (infoEnd + alignment - 1) & -alignment;
        return new GgufFile(version, entries, tensors, alignment, infoEnd, dataStart, bytes, problems.all());
    }

    private static int version(GgufCursor cursor, MemorySegment bytes) throws GgufException {
        long magic = cursor.u32("magic");
        if (magic != MAGIC) {
            throw cursor.stop(GgufFault.MAGIC, "magic", 0, String.format(Locale.ROOT, "0x%08x (\"GGUF\")", MAGIC),
                    String.format(Locale.ROOT, "0x%08x", magic) + kind(bytes));
        }
        long start = cursor.offset();
        int version = (int) cursor.u32("version");
        if (version < OLDEST || version > NEWEST) {
            int swapped = Integer.reverseBytes(version);
            String found = Integer.toUnsignedString(version);
            throw cursor.stop(GgufFault.VERSION, "version", start, "2 or 3",
                    swapped >= 1 && swapped <= NEWEST ? found + " (a big-endian file)" : found);
        }
        return version;
    }

    private static String kind(MemorySegment bytes) {
        return FileKind.of(bytes).map(kind -> ", " + kind.words()).orElse("");
    }

    private static GgufEntry entry(GgufCursor cursor, long index) throws GgufException {
        long keyOffset = cursor.offset();
        String key = cursor.text("key " + index + "'s name");
        String place = "key " + Quote.of(key);
        GgufType type = cursor.type(place);
        long valueOffset = cursor.offset();
        return new GgufEntry(key, cursor.value(type, place, 0), keyOffset, valueOffset);
    }

    private static GgufTensorInfo tensor(GgufCursor cursor, long index) throws GgufException {
        long infoOffset = cursor.offset();
        String name = cursor.text("tensor " + index + "'s name");
        String place = "tensor " + Quote.of(name);
        long rankOffset = cursor.offset();
        long rank = cursor.u32(place + ", dimension count");
        if (rank > GgufLimits.MAX_DIMENSIONS) {
            throw cursor.stop(GgufFault.DIMENSIONS, place + ", dimension count", rankOffset,
                    "at most " + GgufLimits.MAX_DIMENSIONS, Long.toString(rank));
        }
        long neOffset = cursor.offset();
        List<Long> ne = new ArrayList<>();
        for (long axis = 0; axis < rank; axis++) {
            ne.add(cursor.u64(place + ", dimension " + axis));
        }
        long type = cursor.u32(place + ", type");
        long dataOffset = cursor.u64(place + ", offset");
        return new GgufTensorInfo(name, ne, type, dataOffset, infoOffset, neOffset);
    }

    /**
     * The first {@code general.alignment}, as ggml looks for it: up to a NUL. A second one is a duplicate key, and one
     * with a NUL a bad name; a validator reports both.
     */
    private static long alignment(List<GgufEntry> entries, GgufProblems problems) {
        for (GgufEntry entry : entries) {
            if (CText.of(entry.key()).equals(ALIGNMENT_KEY)) {
                boolean u32 = entry.value().type() == GgufType.UINT32;
                long value = entry.value() instanceof GgufValue.Int(GgufType type, long number) ? number : 0;
                boolean power = u32 && Long.bitCount(value) == 1;
                boolean multiple = u32 && value != 0 && value % ALIGNMENT_STEP == 0;
                if (!power || !multiple) {
                    problems.add(new GgufProblem(GgufFault.ALIGNMENT, "key " + Quote.of(entry.key()),
                            entry.valueOffset(), "a u32 that is a power of two and a multiple of " + ALIGNMENT_STEP,
                            entry.value().type().label() + " " + entry.value(), Rulings.of(!multiple, !power)));
                }
                return power ? value : DEFAULT_ALIGNMENT;
            }
        }
        return DEFAULT_ALIGNMENT;
    }
}
