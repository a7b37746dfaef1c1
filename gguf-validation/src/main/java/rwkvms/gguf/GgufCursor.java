package rwkvms.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads little-endian GGUF primitives one after the other and never beyond the segment's end.
 *
 * <p>Every method names what it reads, and throws {@link GgufException} with that name instead of reading outside.
 */
final class GgufCursor {
    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    private long at;
    private long textBytes;

    GgufCursor(MemorySegment file) {
        this.file = file;
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

    /** A count of things that take at least {@code leastBytes} each, refused where the rest cannot hold them. */
    long count(String what, long leastBytes, long limit) throws GgufException {
        long start = at;
        long count = u64(what);
        long most = Math.min(limit, remaining() / leastBytes);
        if (Long.compareUnsigned(count, most) > 0) {
            throw new GgufException(GgufFault.COUNT, what, start,
                    "at most " + most + " (" + remaining() + " bytes follow)", Long.toUnsignedString(count));
        }
        return count;
    }

    String text(String what) throws GgufException {
        long length = textLength(what);
        long start = advance(length, what);
        textBytes += length;
        if (textBytes > GgufLimits.MAX_TEXT_BYTES) {
            throw new GgufException(GgufFault.TEXT_LIMIT, what, start,
                    "at most " + GgufLimits.MAX_TEXT_BYTES + " bytes of strings together", textBytes + " so far");
        }
        ByteBuffer bytes = file.asSlice(start, length).asByteBuffer();
        try {
            return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT).decode(bytes).toString();
        } catch (CharacterCodingException malformed) {
            GgufException refused = new GgufException(GgufFault.UTF8, what, start + bytes.position(),
                    "well-formed UTF-8", "byte 0x" + Integer.toHexString(bytes.get(bytes.position()) & 0xff));
            refused.initCause(malformed);
            throw refused;
        }
    }

    GgufType type(String what) throws GgufException {
        long start = at;
        long id = u32(what + ", type");
        return GgufType.ofId(id).orElseThrow(() -> new GgufException(GgufFault.VALUE_TYPE, what + ", type", start,
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
        long start = at;
        int stored = i8(what);
        if (stored != 0 && stored != 1) {
            throw new GgufException(GgufFault.BOOL, what, start, "a bool of 0 or 1", Integer.toString(stored & 0xff));
        }
        return new GgufValue.Bool(stored == 1);
    }

    private GgufArray array(String what, int depth) throws GgufException {
        if (depth >= GgufLimits.MAX_ARRAY_DEPTH) {
            throw new GgufException(GgufFault.ARRAY_DEPTH, what, at,
                    "arrays nested at most " + GgufLimits.MAX_ARRAY_DEPTH + " deep", "one more");
        }
        GgufType elements = type(what + ", elements");
        long least = switch (elements) {
            case STRING -> Long.BYTES;
            case ARRAY -> Integer.BYTES + Long.BYTES;
            default -> elements.bytes();
        };
        long count = count(what + ", element count", least, Long.MAX_VALUE);
        long start = at;
        switch (elements) {
            case STRING -> {
                for (long i = 0; i < count; i++) {
                    advance(textLength(what), what);
                }
            }
            case ARRAY -> {
                for (long i = 0; i < count; i++) {
                    array(what, depth + 1);
                }
            }
            default -> advance(count * elements.bytes(), what);
        }
        return new GgufArray(elements, count, file.asSlice(start, at - start));
    }

    private long textLength(String what) throws GgufException {
        long start = at;
        long length = u64(what + ", length");
        if (Long.compareUnsigned(length, remaining()) > 0) {
            throw new GgufException(GgufFault.TRUNCATED, what, start,
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

    /** Moves on by {@code bytes} and returns where that began. */
    private long advance(long bytes, String what) throws GgufException {
        if (bytes > remaining()) {
            throw new GgufException(GgufFault.TRUNCATED, what, at, bytes + " bytes", remaining() + " before the end");
        }
        long start = at;
        at += bytes;
        return start;
    }
}
