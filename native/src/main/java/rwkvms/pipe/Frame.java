package rwkvms.pipe;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import rwkvms.checkpoint.Safetensors;
import rwkvms.gguf.Quote;

/** Messages on a pipe: the length of a safetensors blob as 8 bytes, little-endian, then the blob (pipe.md). */
final class Frame {
    /** Largest message in bytes: the weights of a large sidecar have some ten million. */
    static final long MAX = 256L << 20;
    /** Smallest message: the length of its header, and an empty one. */
    static final long MIN = Long.BYTES + 2L;

    private Frame() {
    }

    static void write(OutputStream out, Safetensors message) throws IOException {
        List<MemorySegment> parts = message.parts();
        long size = parts.stream().mapToLong(MemorySegment::byteSize).sum();
        out.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(size).array());
        for (MemorySegment part : parts) {
            out.write(part.toArray(ValueLayout.JAVA_BYTE));
        }
        out.flush();
    }

    /**
     * Reads a message.
     *
     * @param source names it in refusals
     * @throws EOFException if the stream ends before the message does
     * @throws MalformedException if it is none
     */
    static Safetensors read(InputStream in, String source) throws IOException {
        byte[] head = in.readNBytes(Long.BYTES);
        requireWhole(head.length, Long.BYTES, "length");
        long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < MIN || length > MAX) {
            throw new MalformedException("expected a length of " + MIN + " to " + MAX + " bytes, found "
                    + Long.toUnsignedString(length) + ", which are the bytes " + shown(head));
        }
        byte[] body = in.readNBytes((int) length); // grows with what really comes
        requireWhole(body.length, length, "message");
        try {
            return Safetensors.of(source, MemorySegment.ofArray(body));
        } catch (IOException refused) {
            throw new MalformedException(String.valueOf(refused.getMessage()), refused);
        }
    }

    private static void requireWhole(long found, long expected, String what) throws EOFException {
        if (found < expected) {
            throw new EOFException(found == 0 && what.equals("length")
                    ? ""
                    : "after " + found + " of the " + expected + " bytes of a " + what);
        }
    }

    /** In hexadecimal, and as text if a text begins there: a program that prints is the usual reason. */
    private static String shown(byte[] head) {
        String hex = HexFormat.ofDelimiter(" ").formatHex(head);
        boolean text = head[0] >= ' ' && head[0] <= '~';
        return text
                ? hex + ", the text " + Quote.of(new String(head, StandardCharsets.ISO_8859_1))
                        + ": only messages may be written to standard output"
                : hex;
    }

    /** Thrown if what a program writes is no message; nothing behind it can be read then. */
    static final class MalformedException extends IOException {
        private static final long serialVersionUID = 1;

        MalformedException(String problem) {
            super(problem);
        }

        MalformedException(String problem, Throwable cause) {
            super(problem, cause);
        }
    }
}
