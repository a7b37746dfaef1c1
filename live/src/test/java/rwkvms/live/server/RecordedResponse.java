package rwkvms.live.server;

import io.helidon.http.HeaderName;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/** A response that records what is sent, or fails as if its client had hung up. */
final class RecordedResponse {
    private final Map<String, String> headers = new TreeMap<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Semaphore flushed = new Semaphore(0);
    private final Writing writing;
    private int opened;

    /** Called with bytes before they are recorded. */
    interface Writing {
        void before(String text) throws IOException;
    }

    private RecordedResponse(Writing writing) {
        this.writing = writing;
    }

    static RecordedResponse keeping() {
        return new RecordedResponse(text -> {
        });
    }

    static RecordedResponse writing(Writing writing) {
        return new RecordedResponse(writing);
    }

    ServerResponse response() {
        return (ServerResponse) Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[]{ServerResponse.class},
                (proxy, method, arguments) -> called(proxy, method, arguments));
    }

    private Object called(Object proxy, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "header" -> headers.put(((HeaderName) arguments[0]).lowerCase(),
                    String.join(",", (String[]) arguments[1]));
            case "send" -> bytes.writeBytes((byte[]) arguments[0]);
            case "outputStream" -> {
                opened++;
                return new Stream();
            }
            default -> throw new IllegalStateException("no such call is expected: " + method);
        }
        return proxy;
    }

    Map<String, String> headers() {
        return headers;
    }

    String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** How often its stream was asked for. */
    int opened() {
        return opened;
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    void awaitClosed() throws InterruptedException {
        closed.await();
    }

    /** Waits for that number of flushes. */
    void awaitFlushes(int count) throws InterruptedException {
        flushed.acquire(count);
    }

    private final class Stream extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            write(new byte[]{(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            writing.before(new String(from, offset, length, StandardCharsets.UTF_8));
            bytes.write(from, offset, length);
        }

        @Override
        public void flush() {
            flushed.release();
        }

        @Override
        public void close() throws IOException {
            closed.countDown();
            writing.before("close");
        }
    }
}
