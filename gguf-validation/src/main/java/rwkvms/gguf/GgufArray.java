package rwkvms.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An array value: element type, count, and the elements as they are stored.
 *
 * <p>Elements are decoded only on demand, because a vocabulary of 262,144 strings must not cost memory when nobody asks
 * for it. The reader has walked over all of them, so every element lies inside the file.
 */
public final class GgufArray implements GgufValue {
    private final GgufType elementType;
    private final long count;
    private final MemorySegment stored;

    GgufArray(GgufType elementType, long count, MemorySegment stored) {
        this.elementType = elementType;
        this.count = count;
        this.stored = stored.asReadOnly();
    }

    /** An array of {@code elements}, all of type {@code elementType}; {@link IllegalArgumentException} otherwise. */
    public static GgufArray of(GgufType elementType, List<? extends GgufValue> elements) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (GgufValue element : elements) {
            if (element.type() != elementType) {
                throw new IllegalArgumentException("array of " + elementType.label() + ": expected elements of that "
                        + "type, found " + element.type().label());
            }
            GgufEncoder.value(bytes, element);
        }
        return new GgufArray(elementType, elements.size(), MemorySegment.ofArray(bytes.toByteArray()));
    }

    @Override
    public GgufType type() {
        return GgufType.ARRAY;
    }

    public GgufType elementType() {
        return elementType;
    }

    public long count() {
        return count;
    }

    /** The elements as stored, without the array's own type and count. */
    public MemorySegment stored() {
        return stored;
    }

    /**
     * All elements, decoded: some ten times the memory of the stored form.
     *
     * <p>Malformed strings and bools are decoded as {@link GgufReader} decodes them, which has reported them.
     *
     * @throws GgufException for strings above {@link GgufLimits#MAX_TEXT_BYTES} together, with an offset that counts
     *         from the array's first element
     */
    public List<GgufValue> elements() throws GgufException {
        GgufCursor cursor = new GgufCursor(stored, new GgufProblems());
        List<GgufValue> elements = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            elements.add(cursor.value(elementType, "array element " + i, 1));
        }
        return List.copyOf(elements);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GgufArray array && elementType == array.elementType && count == array.count
                && stored.mismatch(array.stored) == -1;
    }

    @Override
    public int hashCode() {
        return elementType.hashCode() + 31 * Long.hashCode(count);
    }

    @Override
    public String toString() {
        return "array of " + count + " " + elementType.label();
    }
}
