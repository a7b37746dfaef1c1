package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that does not wait for its answer: nothing more is computed for it, and the next one has the slot. */
final class HangUpTests {
    /** So long that no machine fills it before a hang-up is noticed. */
    private static final int LONG = 16_384;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

    @ParameterizedTest
    @ValueSource(strings = {"true", "false"})
    @Timeout(120)
    void theSlotIsFreedForTheNextOne(String stream) throws Exception {
        try (TinyServer server = TinyServer.start(LONG)) {
            hangUp(server, "{\"prompt\":\"endless\",\"n_predict\":-1,\"temperature\":0,\"stream\":" + stream + "}");

            Answer next = server.post("/completion", "{\"prompt\":\"next\",\"n_predict\":3,\"temperature\":0}");

            assertThat(next.status()).isEqualTo(200);
            awaitMetric(server, "rwkv_ms:clients_hung_up_total 1");
            awaitMetric(server, "llamacpp:tokens_predicted_total 3");
            awaitMetric(server, "llamacpp:requests_processing 0");
        }
    }

    /** Sends a request, waits until the first byte of its answer, and closes. */
    private static void hangUp(TinyServer server, String body) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /completion HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            out.flush();
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
    }

    private static void awaitMetric(TinyServer server, String line) throws Exception {
        while (!server.get("/metrics").body().contains(line + "\n")) {
            Thread.sleep(BETWEEN_LOOKS);
        }
    }
}
