package rwkvms.live.server;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The server-sent events of one response. A separate thread writes them, so that a client that reads slowly does not
 * occupy the slot; the context bounds what waits.
 */
final class EventStream {
    private static final byte[] END = {};

    private final ServerResponse response;
    private final BlockingQueue<byte[]> events = new LinkedBlockingQueue<>();
    private @Nullable Thread writer;
    private volatile boolean broken;

    EventStream(ServerResponse response) {
        this.response = response;
    }

    /** Whether something was sent, so that it is too late for a status. */
    boolean started() {
        return writer != null;
    }

    void send(String data) {
        put("data: " + data + "\n\n");
    }

    /** Sends a comment, which a client ignores. */
    void pulse() {
        put(":\n\n");
    }

    private void put(String event) {
        if (writer == null) {
            response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
            response.header(HeaderNames.CACHE_CONTROL, "no-cache");
            OutputStream out = response.outputStream();
            writer = Thread.ofVirtual().start(() -> write(out));
        }
        check();
        events.add(event.getBytes(StandardCharsets.UTF_8));
    }

    /** Throws {@link HungUpException} if the client is gone. */
    void check() {
        if (broken) {
            throw new HungUpException();
        }
    }

    /** Waits until everything is written. */
    void end() {
        Thread started = writer;
        if (started != null) {
            events.add(END);
            try {
                started.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            check();
        }
    }

    /** Ends the stream of an answer that cannot be finished. */
    void abandon() {
        events.add(END);
    }

    private void write(OutputStream out) {
        try (out) {
            for (byte[] event = events.take(); event.length > 0; event = events.take()) {
                out.write(event);
                out.flush();
            }
        } catch (IOException | RuntimeException gone) {
            broken = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
