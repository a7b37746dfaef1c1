package rwkvms.gguf;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/** A tensor to be written, whose bytes may be made while they are written. */
public interface GgufSource {
    String name();

    GgmlType type();

    /** Dimensions in ggml order, innermost first. */
    List<Long> ne();

    long byteSize();

    /** Writes exactly {@link #byteSize} bytes. */
    void writeTo(WritableByteChannel channel) throws IOException;
}
