package rwkvms.gguf;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A tensor as the header describes it, not yet checked against the file.
 *
 * @param name as stored, possibly empty or repeated
 * @param ne dimensions in ggml order, innermost first, as signed 64-bit numbers: negative if the file claims 2^63 or
 *        more
 * @param typeId the stored {@code ggml_type}, known or not
 * @param dataOffset relative to the start of the data, as stored (an unsigned 64-bit number)
 * @param infoOffset byte offset of this info in the file
 * @param neOffset byte offset of its first dimension
 */
public record GgufTensorInfo(String name, List<Long> ne, long typeId, long dataOffset, long infoOffset, long neOffset) {
    public GgufTensorInfo {
        ne = List.copyOf(ne);
    }

    public Optional<GgmlType> type() {
        return GgmlType.ofId(typeId);
    }

    /** Bytes of the name as it is stored. */
    public int nameBytes() {
        return Utf8.length(name);
    }

    /** Byte offset of the type id. */
    public long typeOffset() {
        return neOffset + (long) Long.BYTES * ne.size();
    }

    /** Byte offset of the field that holds {@link #dataOffset}. */
    public long dataOffsetOffset() {
        return typeOffset() + Integer.BYTES;
    }

    /** What findings and refusals call it. */
    public String place() {
        return "tensor " + Quote.of(name);
    }

    /** Number of elements, 1 without dimensions; empty if it is negative or exceeds a {@code long}. */
    public OptionalLong count() {
        long count = 1;
        for (long dimension : ne) {
            if (dimension < 0 || Math.multiplyHigh(count, dimension) != 0 || count * dimension < 0) {
                return OptionalLong.empty();
            }
            count *= dimension;
        }
        return OptionalLong.of(count);
    }

    /** Bytes of the data; empty for an unknown type, an overflow, or rows that are not whole blocks. */
    public OptionalLong byteSize() {
        OptionalLong count = count();
        Optional<GgmlType> type = type();
        if (count.isEmpty() || type.isEmpty()) {
            return OptionalLong.empty();
        }
        int blockElements = type.get().blockElements();
        long row = ne.isEmpty() ? 1 : ne.getFirst();
        long blocks = count.getAsLong() / blockElements;
        if (row % blockElements != 0 || blocks > Long.MAX_VALUE / type.get().blockBytes()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(blocks * type.get().blockBytes());
    }
}
