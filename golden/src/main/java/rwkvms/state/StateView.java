package rwkvms.state;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A payload in a slot or session file, read without its sidecar. Only the fields that say whose it is are checked. Magic,
 * version, five numbers and fingerprint are where every runtime puts them; the length field tells whether the rest has our
 * layout.
 *
 * @param offset      of the magic in the file
 * @param numbers     the five u32 between version and fingerprint; {@link #NUMBER_NAMES} if the layout is ours
 * @param fingerprint 64 hexadecimal digits
 * @param own         the content if the layout is ours; empty in a foreign file
 */
public record StateView(long offset, long version, List<Long> numbers, String fingerprint, Optional<Content> own) {
    /** Names of the five numbers in our layout. */
    public static final List<String> NUMBER_NAMES = List.of("target_layer_count", "num_states", "num_state_heads",
            "rank",
            "chunk_size");

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Bytes of magic and version, which a search looks for. */
    private static final int MARKER_SIZE = 8;
    /** No model has more layers; a larger number means a foreign layout. */
    private static final long MAX_LAYERS = 1024;

    /**
     * A payload in our layout.
     *
     * @param size     bytes, checksum included
     * @param sound    whether the checksum holds
     */
    public record Content(long size, boolean sound, List<Layer> layers) {
        public Content {
            layers = List.copyOf(layers);
        }
    }

    /** One layer, with the largest absolute values of its state and previous source; NaN if one is NaN. */
    public record Layer(long index, long position, double maxAbsState, double maxAbsSource) {
    }

    public StateView {
        numbers = List.copyOf(numbers);
    }

    /** The first payload of version 2 with room for a fingerprint. */
    public static Optional<StateView> find(MemorySegment file) {
        for (long at = 0; at + StateFormat.LENGTH_OFFSET <= file.byteSize(); at++) {
            if (file.get(ValueLayout.JAVA_BYTE, at) == StateFormat.MAGIC[0] && isMarker(file, at)) {
                return Optional.of(at(file, at));
            }
        }
        return Optional.empty();
    }

    private static boolean isMarker(MemorySegment file, long at) {
        byte[] marker = file.asSlice(at, MARKER_SIZE).toArray(ValueLayout.JAVA_BYTE);
        return Arrays.equals(marker, 0, StateFormat.MAGIC.length, StateFormat.MAGIC, 0, StateFormat.MAGIC.length)
                && file.get(INT, at + StateFormat.VERSION_OFFSET) == StateFormat.VERSION;
    }

    private static StateView at(MemorySegment file, long offset) {
        MemorySegment from = file.asSlice(offset);
        List<Long> numbers = new ArrayList<>();
        for (int field = 0; field < StateFormat.METADATA.size(); field++) {
            numbers.add(Integer.toUnsignedLong(
                    from.get(INT, StateFormat.METADATA_OFFSET + (long) field * Integer.BYTES)));
        }
        String fingerprint = HexFormat.of().formatHex(from
                .asSlice(StateFormat.FINGERPRINT_OFFSET, StateFormat.HASH_SIZE).toArray(ValueLayout.JAVA_BYTE));
        return new StateView(offset, from.get(INT, StateFormat.VERSION_OFFSET), numbers, fingerprint,
                own(from, numbers));
    }

    private static Optional<Content> own(MemorySegment from, List<Long> numbers) {
        long layers = numbers.get(0);
        double heads = numbers.get(2);
        double rank = numbers.get(3);
        double layerSize = Integer.BYTES + Long.BYTES
                + Float.BYTES * (heads * rank + heads * numbers.get(1) * rank * rank);
        if (layers < 1 || layers > MAX_LAYERS || layers * layerSize > from.byteSize()
                || from.byteSize() < StateFormat.BODY_OFFSET
                || from.get(LONG, StateFormat.LENGTH_OFFSET) != layers * (long) layerSize) {
            return Optional.empty();
        }
        long size = StateFormat.SMALLEST + layers * (long) layerSize;
        if (from.byteSize() < size) {
            return Optional.empty();
        }
        List<Layer> found = new ArrayList<>();
        long sources = (long) (heads * rank);
        for (int i = 0; i < layers; i++) {
            MemorySegment entry = from.asSlice(StateFormat.BODY_OFFSET + i * (long) layerSize, (long) layerSize);
            long sourceEnd = Integer.BYTES + Long.BYTES + sources * Float.BYTES;
            found.add(new Layer(Integer.toUnsignedLong(entry.get(INT, 0)), entry.get(LONG, Integer.BYTES),
                    maxAbs(entry, sourceEnd, entry.byteSize()),
                    maxAbs(entry, Integer.BYTES + Long.BYTES, sourceEnd)));
        }
        return Optional
                .of(new Content(size, Hashes.isSealed(from.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE)), found));
    }

    private static double maxAbs(MemorySegment entry, long from, long to) {
        double max = 0;
        for (long at = from; at < to; at += Float.BYTES) {
            max = Math.max(max, Math.abs(entry.get(FLOAT, at)));
        }
        return max;
    }
}
