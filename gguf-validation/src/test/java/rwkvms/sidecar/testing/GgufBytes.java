package rwkvms.sidecar.testing;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import rwkvms.gguf.GgufException;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufReader;

/** A GGUF file, written byte by byte and independently of the writer, so that nothing keeps it from being wrong. */
public final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Magic, version and counts. */
    public static GgufBytes header(int version, long tensors, long keys) {
        return new GgufBytes().ascii("GGUF").u32(version).u64(tensors).u64(keys);
    }

    public GgufBytes ascii(String text) {
        return raw(text.getBytes(StandardCharsets.US_ASCII));
    }

    public GgufBytes raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    public GgufBytes u32(long value) {
        return number(value, 4);
    }

    public GgufBytes u64(long value) {
        return number(value, 8);
    }

    public GgufBytes number(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
        return this;
    }

    public GgufBytes text(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    public GgufBytes string(byte... text) {
        return u64(text.length).raw(text);
    }

    public GgufBytes tensor(String name, long type, long offset, long... ne) {
        text(name).u32(ne.length);
        for (long dimension : ne) {
            u64(dimension);
        }
        return u32(type).u64(offset);
    }

    public GgufBytes padTo(int size) {
        return fill(size - out.size(), (byte) 0);
    }

    public GgufBytes fill(int count, byte value) {
        for (int i = 0; i < count; i++) {
            out.write(value);
        }
        return this;
    }

    public int size() {
        return out.size();
    }

    public byte[] bytes() {
        return out.toByteArray();
    }

    public GgufFile read() throws GgufException {
        return GgufReader.read(MemorySegment.ofArray(bytes()));
    }
}
