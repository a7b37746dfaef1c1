package rwkvms.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;

/**
 * A GGUF file as it is, duplicates included: version, keys, tensor infos and the mapped bytes.
 *
 * <p>Look-ups return every match in file order, because a reader must not decide which of two equal keys counts.
 *
 * @param version 2 or 3
 * @param alignment of tensor data, a power of two; 32 unless {@code general.alignment} says otherwise
 * @param infoEnd byte offset behind the last tensor info
 * @param dataStart {@code infoEnd} rounded up to the alignment: tensor offsets count from there; it may lie beyond the file
 * @param bytes the whole file, read-only
 * @param problems faults that left the file readable, up to a bound per kind
 */
public record GgufFile(int version, List<GgufEntry> entries, List<GgufTensorInfo> tensors, long alignment,
        long infoEnd, long dataStart, MemorySegment bytes, List<GgufProblem> problems) {
    public GgufFile {
        problems = List.copyOf(problems);
        entries = List.copyOf(entries);
        tensors = List.copyOf(tensors);
        bytes = bytes.asReadOnly();
    }

    /** All entries of that key: none, one, or the duplicates. */
    public List<GgufEntry> entries(String key) {
        return entries.stream().filter(entry -> entry.key().equals(key)).toList();
    }

    /** All tensors of that name: none, one, or the duplicates. */
    public List<GgufTensorInfo> tensors(String name) {
        return tensors.stream().filter(tensor -> tensor.name().equals(name)).toList();
    }

    /**
     * The data of one of this file's tensors, as a slice of the map.
     *
     * @throws GgufException if its type is unknown, its size overflows, or it lies outside the file
     */
    public MemorySegment data(GgufTensorInfo tensor) throws GgufException {
        if (tensor.type().isEmpty()) {
            throw new GgufException(GgufFault.TENSOR_TYPE, tensor.place(), tensor.typeOffset(), "a ggml type",
                    Long.toString(tensor.typeId()));
        }
        OptionalLong size = tensor.byteSize();
        if (size.isEmpty()) {
            throw new GgufException(GgufFault.TENSOR_SIZE, tensor.place(), tensor.neOffset(),
                    "dimensions of whole " + tensor.type().get() + " blocks whose size fits 63 bits",
                    "ne " + tensor.ne());
        }
        long available = bytes.byteSize() - dataStart;
        if (available < size.getAsLong() || tensor.dataOffset() < 0
                || tensor.dataOffset() > available - size.getAsLong()) {
            throw new GgufException(GgufFault.TENSOR_DATA, tensor.place(), tensor.dataOffsetOffset(),
                    "its " + size.getAsLong() + " bytes within the " + Math.max(available, 0) + " of tensor data",
                    "offset " + Long.toUnsignedString(tensor.dataOffset()));
        }
        return bytes.asSlice(dataStart + tensor.dataOffset(), size.getAsLong());
    }
}
