package rwkvms.live.health;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A server that answers every request with the same bytes, valid or not, and then hangs up or waits. */
final class FakeServer implements AutoCloseable {
    /** What it does after its bytes. */
    enum Then {
        CLOSE, STALL, REPEAT, DRIP
    }

    private final ServerSocket listening;
    private final byte[] answer;
    private final Then then;
    private final CountDownLatch hungUp = new CountDownLatch(1);

    private FakeServer(ServerSocket listening, byte[] answer, Then then) {
        this.listening = listening;
        this.answer = answer;
        this.then = then;
    }

    static FakeServer answering(String answer, Then then) throws IOException {
        FakeServer server = new FakeServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
                answer.getBytes(StandardCharsets.ISO_8859_1), then);
        Thread.ofVirtual().start(server::accept);
        return server;
    }

    /** A client without a key. */
    static ServerClient client(URI baseUrl, Duration timeout, Duration limit) {
        return new ServerClient(baseUrl, Optional.empty(), timeout, limit);
    }

    /** An HTTP answer with that body. */
    static String http(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/v1");
    }

    /** Waits until a client has hung up or was answered. */
    void awaitHangUp() throws InterruptedException {
        hungUp.await();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Thread.ofVirtual().start(() -> answer(client));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void answer(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            int read = in.read(new byte[65_536]);
            OutputStream out = client.getOutputStream();
            out.write(answer);
            out.flush();
            while (read >= 0 && then == Then.REPEAT) {
                out.write(answer);
            }
            while (read >= 0 && then == Then.DRIP && !hungUp.await(1, TimeUnit.MILLISECONDS)) {
                out.write(' ');
                out.flush();
            }
            while (read >= 0 && then == Then.STALL) {
                read = in.read();
            }
        } catch (IOException | InterruptedException gone) {
            // the other end has hung up
        } finally {
            hungUp.countDown();
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
