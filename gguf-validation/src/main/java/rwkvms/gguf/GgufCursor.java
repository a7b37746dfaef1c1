package rwkvms.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Reads little-endian GGUF primitives one after the other and never beyond the segment's end.
 *
 * <p>Every method names what it reads, and throws {@link GgufException} with that name instead of reading outside.
 * Faults that leave the rest readable go to {@link GgufProblems}, and reading goes on.
 */
final class GgufCursor {
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    private final GgufProblems problems;
    private long at;
    private long textBytes;

    GgufCursor(MemorySegment file, GgufProblems problems) {
        this.file = file;
        this.problems = problems;
    }

    long offset() {
        return at;
    }

    long remaining() {
        return file.byteSize() - at;
    }

    long u32(String what) throws GgufException {
        return Integer.toUnsignedLong(file.get(I32, advance(Integer.BYTES, what)));
    }

    long u64(String what) throws GgufException {
        return file.get(I64, advance(Long.BYTES, what));
    }

    /** A count of things that take at least {@code minBytes} each; refused if the rest of the file cannot hold them. */
    long count(String what, long minBytes, long limit) throws GgufException {
        long start = at;
        long count = u64(what);
        long max = remaining() / minBytes;
        if (Long.compareUnsigned(count, max) > 0) {
            throw stop(GgufFault.COUNT, what, start, "at most " + max + " (" + remaining() + " bytes follow)",
                    Long.toUnsignedString(count));
        }
        if (count > limit) {
            throw stop(GgufFault.LIMIT, what, start, "at most " + limit, Long.toString(count));
        }
        return count;
    }

    String text(String what) throws GgufException {
        long length = textLength(what);
        long start = advance(length, what);
        textBytes += length;
        if (textBytes > GgufLimits.MAX_TEXT_BYTES) {
            throw stop(GgufFault.TEXT_LIMIT, what, start,
                    "at most " + GgufLimits.MAX_TEXT_BYTES + " bytes of strings together", textBytes + " so far");
        }
        MemorySegment stored = file.asSlice(start, length);
        Optional<String> text = Utf8.wellFormed(stored);
        if (text.isPresent()) {
            return text.get();
        }
        checkUtf8(start, length, what);
        return Utf8.decode(stored);
    }

    private void checkUtf8(long start, long length, String what) {
        long malformed = Utf8.malformed(file.asSlice(start, length));
        if (malformed != -1) {
            byte found = file.get(ValueLayout.JAVA_BYTE, start + malformed);
            problems.add(GgufFault.UTF8, what, start + malformed, "well-formed UTF-8",
                    "byte 0x" + Integer.toHexString(Byte.toUnsignedInt(found)));
        }
    }

    /** The exception for a fault that ends the reading; it carries the earlier faults. */
    GgufException stop(GgufFault fault, String place, long offset, String expected, String found) {
        return new GgufException(new GgufProblem(fault, place, offset, expected, found, fault.rulings()),
                problems.all());
    }

    GgufType type(String what) throws GgufException {
        long start = at;
        long id = u32(what + ", type");
        return GgufType.ofId(id).orElseThrow(() -> stop(GgufFault.VALUE_TYPE, what + ", type", start,
                "a value type of 0 to " + (GgufType.values().length - 1), Long.toString(id)));
    }

    GgufValue value(GgufType type, String what, int depth) throws GgufException {
        return switch (type) {
            case UINT8 -> new GgufValue.Int(type, Byte.toUnsignedLong(i8(what)));
            case INT8 -> new GgufValue.Int(type, i8(what));
            case UINT16 -> new GgufValue.Int(type, Short.toUnsignedLong(i16(what)));
            case INT16 -> new GgufValue.Int(type, i16(what));
            case UINT32 -> new GgufValue.Int(type, u32(what));
            case INT32 -> new GgufValue.Int(type, (int) u32(what));
            case UINT64, INT64 -> new GgufValue.Int(type, u64(what));
            case FLOAT32 -> new GgufValue.Real(type, Float.intBitsToFloat((int) u32(what)));
            case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(u64(what)));
            case BOOL -> bool(what);
            case STRING -> new GgufValue.Text(text(what));
            case ARRAY -> array(what, depth);
        };
    }

    private GgufValue bool(String what) throws GgufException {
        long start = advance(1, what);
        checkBools(start, 1, what);
        return new GgufValue.Bool(file.get(ValueLayout.JAVA_BYTE, start) != 0);
    }

    /** Reports the first bad one of several bools. */
    private void checkBools(long start, long count, String what) {
        for (long i = start; i < start + count; i++) {
            byte stored = file.get(ValueLayout.JAVA_BYTE, i);
            if (stored != 0 && stored != 1) {
                problems.add(GgufFault.BOOL, what, i, "a bool of 0 or 1", "" + Byte.toUnsignedInt(stored));
                return;
            }
        }
    }

    private GgufArray array(String what, int depth) throws GgufException {
        if (depth >= GgufLimits.MAX_ARRAY_DEPTH) {
            throw stop(GgufFault.ARRAY_DEPTH, what, at,
                    "arrays nested at most " + GgufLimits.MAX_ARRAY_DEPTH + " deep", "one more");
        }
        GgufType elements = type(what + ", elements");
        long minBytes = switch (elements) {
            case STRING -> Long.BYTES;
            case ARRAY -> Integer.BYTES + Long.BYTES;
            default -> elements.bytes();
        };
        long count = count(what + ", element count", minBytes, GgufLimits.MAX_ARRAY_ELEMENTS);
        long start = at;
        switch (elements) {
            case STRING -> {
                for (long i = 0; i < count; i++) {
                    long length = textLength(what);
                    checkUtf8(advance(length, what), length, what);
                }
            }
            case ARRAY -> {
                if (depth == 0) {
                    problems.add(GgufFault.NESTED_ARRAY, what, start, "an array of plain values", "one of arrays");
                }
                for (long i = 0; i < count; i++) {
                    array(what, depth + 1);
                }
            }
            case BOOL -> checkBools(advance(count, what), count, what);
            default -> advance(count * elements.bytes(), what);
        }
        return new GgufArray(elements, count, file.asSlice(start, at - start));
    }

    private long textLength(String what) throws GgufException {
        long start = at;
        long length = u64(what + ", length");
        if (Long.compareUnsigned(length, remaining()) > 0) {
            throw stop(GgufFault.TRUNCATED, what, start,
                    "a string of at most " + remaining() + " bytes (the rest of the file)",
                    Long.toUnsignedString(length));
        }
        return length;
    }

    private byte i8(String what) throws GgufException {
        return file.get(ValueLayout.JAVA_BYTE, advance(1, what));
    }

    private short i16(String what) throws GgufException {
        return file.get(I16, advance(Short.BYTES, what));
    }

    /** Moves on by {@code bytes} and returns the offset before. */
    private long advance(long bytes, String what) throws GgufException {
        if (bytes > remaining()) {
            throw stop(GgufFault.TRUNCATED, what, at, bytes + " bytes", remaining() + " before the end");
        }
        long start = at;
        at += bytes;
        return start;
    }
}
