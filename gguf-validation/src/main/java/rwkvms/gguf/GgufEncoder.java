package rwkvms.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Little-endian bytes of GGUF integers, strings and values, appended to a buffer in memory. */
final class GgufEncoder {
    private GgufEncoder() {
    }

    static void value(ByteArrayOutputStream out, GgufValue value) {
        switch (value) {
            case GgufValue.Int number -> integer(out, number.value(), number.type().bytes());
            case GgufValue.Real number when number.type() == GgufType.FLOAT32 ->
                integer(out, Float.floatToRawIntBits((float) number.value()), Float.BYTES);
            case GgufValue.Real number -> integer(out, Double.doubleToRawLongBits(number.value()), Double.BYTES);
            case GgufValue.Bool bool -> integer(out, bool.value() ? 1 : 0, 1);
            case GgufValue.Text text -> text(out, text.value());
            case GgufArray array -> {
                integer(out, array.elementType().id(), Integer.BYTES);
                integer(out, array.count(), Long.BYTES);
                out.writeBytes(array.stored().toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    static void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        integer(out, bytes.length, Long.BYTES);
        out.writeBytes(bytes);
    }

    /** The low {@code bytes} bytes of {@code value}, least significant first. */
    static void integer(ByteArrayOutputStream out, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }
}
