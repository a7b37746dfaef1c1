package rwkvms.live.server;

import io.helidon.common.buffers.DataReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a connection as they come. If it begins with a request of HTTP/1.0, only that request, turned into
 * HTTP/1.1: with a host, and to be closed after the answer.
 */
final class OldRequest implements Supplier<byte @Nullable []> {
    private static final String OLD = " HTTP/1.0";
    private static final String LENGTH = "content-length:";

    private final DataReader from;
    private final int longestHead;
    private boolean begun;
    private volatile boolean old;
    /** How many bytes of the body are still to come. */
    private long rest;

    OldRequest(DataReader from, int longestHead) {
        this.from = from;
        this.longestHead = longestHead;
    }

    /** Whether the request is one of HTTP/1.0. */
    boolean old() {
        return old;
    }

    @Override
    public byte @Nullable [] get() {
        if (!begun) {
            begun = true;
            return begin();
        }
        if (!old) {
            return next();
        }
        if (rest == 0) {
            return null;
        }
        byte[] bytes = next();
        return bytes == null ? null : body(bytes, 0);
    }

    private byte @Nullable [] next() {
        try {
            from.ensureAvailable();
            return from.readBuffer().readBytes();
        } catch (DataReader.InsufficientDataAvailableException closed) {
            return null;
        }
    }

    private byte[] body(byte[] bytes, int begin) {
        int length = (int) Math.min(rest, bytes.length - begin);
        rest -= length;
        return Arrays.copyOfRange(bytes, begin, begin + length);
    }

    private byte @Nullable [] begin() {
        byte[] bytes = until("\n");
        if (!line(text(bytes)).endsWith(OLD)) {
            return bytes.length == 0 ? null : bytes;
        }
        bytes = with(bytes, "\r\n\r\n");
        String text = text(bytes);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return bytes;
        }
        old = true;
        byte[] head = head(List.of(text.substring(0, end).split("\r\n"))).getBytes(StandardCharsets.ISO_8859_1);
        byte[] body = body(bytes, end + "\r\n\r\n".length());
        byte[] both = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, both, head.length, body.length);
        return both;
    }

    private byte[] until(String end) {
        return with(new byte[0], end);
    }

    /** Reads on until the bytes contain an end, nothing more comes, or they are too long for a head. */
    private byte[] with(byte[] begun, String end) {
        byte[] all = begun;
        while (!text(all).contains(end) && all.length <= longestHead) {
            byte[] more = next();
            if (more == null) {
                return all;
            }
            int length = all.length;
            all = Arrays.copyOf(all, length + more.length);
            System.arraycopy(more, 0, all, length, more.length);
        }
        return all;
    }

    private static String text(byte... bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String line(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? "" : text.substring(0, end).stripTrailing();
    }

    private String head(List<String> lines) {
        List<String> head = new ArrayList<>();
        head.add(lines.getFirst().replaceFirst("HTTP/1\\.0$", "HTTP/1.1"));
        head.add("Connection: close");
        boolean host = false;
        for (String line : lines.subList(1, lines.size())) {
            String lower = line.toLowerCase(Locale.ROOT);
            host |= lower.startsWith("host:");
            if (lower.matches("content-length: *[0-9]{1,18} *")) {
                rest = Long.parseLong(lower.substring(LENGTH.length()).strip());
            }
            if (!lower.startsWith("connection:") && !lower.startsWith("keep-alive:")) {
                head.add(line);
            }
        }
        if (!host) {
            head.add("Host: localhost");
        }
        return String.join("\r\n", head) + "\r\n\r\n";
    }
}
