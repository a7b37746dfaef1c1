package rwkvms.live.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataWriter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes an answer to HTTP/1.1 as it is, and an answer to HTTP/1.0 without chunks, which such a client does not know. */
final class OldResponse implements DataWriter {
    private static final String CHUNKED = "\r\nTransfer-Encoding: chunked";
    private static final String END = "\r\n\r\n";
    private static final int HEX = 16;

    private final DataWriter to;
    private final OldRequest request;
    private final StringBuilder line = new StringBuilder();
    private Part part = Part.HEAD;
    /** How many bytes of the chunk are still to come. */
    private long rest;

    /** The part of the answer that the next byte belongs to. */
    private enum Part {
        /** Status line and headers. */
        HEAD,
        /** A body without chunks. */
        BODY,
        /** The line with a chunk's size. */
        SIZE,
        /** A chunk's content. */
        CHUNK,
        /** The line end after a chunk. */
        BEHIND,
        /** Everything after the last chunk. */
        OVER
    }

    OldResponse(DataWriter to, OldRequest request) {
        this.to = to;
        this.request = request;
    }

    @Override
    public void write(BufferData... buffers) {
        write(BufferData.create(buffers));
    }

    @Override
    public void write(BufferData buffer) {
        to.write(request.old() ? converted(buffer) : buffer);
    }

    @Override
    public void writeNow(BufferData... buffers) {
        writeNow(BufferData.create(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
        to.writeNow(request.old() ? converted(buffer) : buffer);
    }

    @Override
    public void flush() {
        to.flush();
    }

    @Override
    public void close() {
        to.close();
    }

    private BufferData converted(BufferData buffer) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte each : buffer.readBytes()) {
            convert(each, out);
        }
        return BufferData.create(out.toByteArray());
    }

    private void convert(byte each, ByteArrayOutputStream out) {
        switch (part) {
            case HEAD -> head(each, out);
            case BODY -> out.write(each);
            case SIZE -> size(each);
            case CHUNK -> {
                out.write(each);
                rest--;
                part = rest == 0 ? Part.BEHIND : Part.CHUNK;
            }
            case BEHIND -> part = each == '\n' ? Part.SIZE : Part.BEHIND;
            case OVER -> {
                // the last chunk's empty line
            }
        }
    }

    private void head(byte each, ByteArrayOutputStream out) {
        line.append((char) Byte.toUnsignedInt(each));
        if (each != '\n' || !line.toString().endsWith(END)) {
            return;
        }
        String head = line.toString();
        line.setLength(0);
        part = head.contains(CHUNKED) ? Part.SIZE : Part.BODY;
        out.writeBytes(head.replace(CHUNKED, "").getBytes(StandardCharsets.ISO_8859_1));
    }

    private void size(byte each) {
        if (each != '\n') {
            line.append((char) each);
            return;
        }
        rest = Long.parseLong(line.toString().strip().replaceAll(";.*", ""), HEX);
        line.setLength(0);
        part = rest == 0 ? Part.OVER : Part.CHUNK;
    }
}
