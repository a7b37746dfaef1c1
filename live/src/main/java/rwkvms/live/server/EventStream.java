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
 * Server-sent events of one response. A thread of its own writes them, so that a client that reads slowly does not keep the
 * slot; what it has not read yet is bounded by the context.
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

    /** Whether something was sent, after which no status can be given any more. */
    boolean started() {
        return writer != null;
    }

    void send(String data) {
        put("data: " + data + "\n\n");
    }

    /** A comment, which means nothing to a client. */
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

    /** Passes while the client reads. */
    void check() {
        if (broken) {
            throw new HungUp();
        }
    }

    /** Waits until all is written. */
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

    /** Ends it in the middle, where an answer cannot be finished. */
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
