package rwkvms.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** GGUF files written byte by byte, independently of the writer, so that nothing keeps them from being wrong. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Magic, version and counts. */
    static GgufBytes header(int version, long tensors, long keys) {
        return new GgufBytes().ascii("GGUF").u32(version).u64(tensors).u64(keys);
    }

    GgufBytes ascii(String text) {
        return raw(text.getBytes(StandardCharsets.US_ASCII));
    }

    GgufBytes raw(byte... bytes) {
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes u32(long value) {
        return number(value, 4);
    }

    GgufBytes u64(long value) {
        return number(value, 8);
    }

    GgufBytes number(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
        return this;
    }

    GgufBytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return u64(bytes.length).raw(bytes);
    }

    GgufBytes tensor(String name, long type, long offset, long... ne) {
        text(name).u32(ne.length);
        for (long dimension : ne) {
            u64(dimension);
        }
        return u32(type).u64(offset);
    }

    GgufBytes padTo(int size) {
        while (out.size() < size) {
            out.write(0);
        }
        return this;
    }

    int size() {
        return out.size();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    GgufFile read() throws GgufException {
        return GgufReader.read(MemorySegment.ofArray(bytes()));
    }
}
