package rwkvms.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;

/**
 * A tensor to be written: name, type, dimensions in ggml order (innermost first) and the stored bytes.
 *
 * <p>A number of bytes that does not fit type and dimensions causes an {@link IllegalArgumentException}.
 */
public record GgufTensor(String name, GgmlType type, List<Long> ne, MemorySegment data) {
    public GgufTensor {
        ne = List.copyOf(ne);
        data = data.asReadOnly();
        OptionalLong size = new GgufTensorInfo(name, ne, type.id(), 0, 0, 0).byteSize();
        if (size.isEmpty() || size.getAsLong() != data.byteSize()) {
            throw new IllegalArgumentException("tensor " + Quote.of(name) + ": expected "
                    + (size.isEmpty() ? "whole blocks" : size.getAsLong() + " bytes") + " for " + type + " ne " + ne
                    + ", found " + data.byteSize() + " bytes");
        }
    }
}
