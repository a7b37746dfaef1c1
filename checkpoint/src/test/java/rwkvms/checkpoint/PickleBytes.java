package rwkvms.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Assembles a pickle opcode by opcode. */
final class PickleBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Opens with protocol 2. */
    static PickleBytes protocol2() {
        return new PickleBytes().raw(0x80, 2);
    }

    PickleBytes raw(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    /** Opcodes that are characters, and the lines behind GLOBAL. */
    PickleBytes ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleBytes text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ascii("X");
        u32(utf8.length);
        out.writeBytes(utf8);
        return this;
    }

    PickleBytes number(long value) {
        if (value == (int) value) {
            return ascii("J").u32((int) value);
        }
        raw(0x8a, 8);
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        return this;
    }

    PickleBytes u32(int value) {
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    PickleBytes global(String module, String name) {
        return ascii("c" + module + "\n" + name + "\n");
    }

    /** What a tensor is made of up to the offset: the call, its arguments' mark, and the storage. */
    PickleBytes storage(String type, String key, long count) {
        return global("torch._utils", "_rebuild_tensor_v2").ascii("((").text("storage").global("torch", type).text(key)
                .text("cpu").number(count).ascii("tQ");
    }

    PickleBytes tuple(long... values) {
        ascii("(");
        for (long value : values) {
            number(value);
        }
        return ascii("t");
    }

    /** requires_grad, no hooks, and the call. */
    PickleBytes rebuild() {
        return raw(0x89).global("collections", "OrderedDict").ascii(")RtR");
    }

    /** Where the next opcode will stand. */
    int size() {
        return out.size();
    }

    byte[] stop() {
        return ascii(".").bytes();
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
