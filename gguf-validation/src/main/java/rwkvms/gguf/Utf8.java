package rwkvms.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * UTF-8 of a file that may be malformed, without losing a byte: a byte that is part of no character becomes the lone
 * surrogate U+DC00 + byte, which no well-formed text decodes to. Two texts are equal exactly if their bytes are.
 */
final class Utf8 {
    static final int ESCAPE = 0xDC00;
    /** What Java puts for malformed bytes; a file may have it too. */
    private static final char REPLACEMENT = '\uFFFD';
    private static final int WINDOW = 1 << 20;
    private static final int CHARS = 1 << 12;

    private Utf8() {
    }

    /** Offset of the first malformed byte, or -1; takes a fixed amount of memory. */
    static long malformed(MemorySegment bytes) {
        CharsetDecoder decoder = decoder();
        CharBuffer sink = CharBuffer.allocate((int) Math.min(CHARS, bytes.byteSize() + 1));
        long at = 0;
        while (at < bytes.byteSize()) {
            long size = Math.min(WINDOW, bytes.byteSize() - at);
            ByteBuffer window = bytes.asSlice(at, size).asByteBuffer();
            CoderResult result = decoder.decode(window, sink.clear(), at + size == bytes.byteSize());
            at += window.position();
            if (result.isError()) {
                return at;
            }
        }
        return -1;
    }

    /** The text of at most 2^31 - 1 bytes if none of them is malformed: in a fifth of the time of {@link #decode}. */
    static Optional<String> wellFormed(MemorySegment bytes) {
        String text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        return text.indexOf(REPLACEMENT) < 0 ? Optional.of(text) : Optional.empty();
    }

    /** The text of at most 2^31 - 1 bytes, malformed ones escaped. */
    static String decode(MemorySegment bytes) {
        CharsetDecoder decoder = decoder();
        ByteBuffer rest = bytes.asByteBuffer();
        CharBuffer sink = CharBuffer.allocate((int) Math.min(CHARS, bytes.byteSize() + 1));
        StringBuilder text = new StringBuilder();
        CoderResult result;
        do {
            result = decoder.decode(rest, sink.clear(), true);
            text.append(sink.flip());
            for (int i = 0; result.isError() && i < result.length(); i++) {
                text.append((char) (ESCAPE + Byte.toUnsignedInt(rest.get())));
            }
        } while (!result.isUnderflow());
        return text.toString();
    }

    /** Bytes of a text as it was stored. */
    static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length; // an escape is encoded as "?", one byte too
    }

    private static CharsetDecoder decoder() {
        return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }
}
