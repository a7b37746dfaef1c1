package rwkvms.gguf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.OptionalLong;
import rwkvms.file.WholeFile;

/**
 * A tensor to be written: name, type, dimensions in ggml order (innermost first) and the stored bytes.
 *
 * <p>A number of bytes that does not fit type and dimensions causes an {@link IllegalArgumentException}.
 */
public record GgufTensor(String name, GgmlType type, List<Long> ne, MemorySegment data) implements GgufSource {
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

    @Override
    public long byteSize() {
        return data.byteSize();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        WholeFile.writeFully(channel, data);
    }
}
