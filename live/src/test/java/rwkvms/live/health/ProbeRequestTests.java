package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.live.health.FakeServer.Then;
import rwkvms.live.health.StandIn.Fault;

/** Requests to a server that answers, and to one that does not. */
@Timeout(60)
final class ProbeRequestTests {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final Duration SHORT = Duration.ofMillis(20);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void pathsOfTheServerAndOfItsApi() throws Exception {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            assertThat(client.getRoot("/health")).isEqualTo(new Reply("GET /health", 200, "{\"status\":\"ok\"}"));
            assertThat(client.get("/models").body()).contains("stand-in");
            assertThat(client.post("/chat/completions", RequestBodies.chat("m", "\u20ac", 1)).said().text())
                    .isEqualTo("You said: \u20ac");
            assertThat(client.postRoot("/nothing", RequestBodies.object()))
                    .isEqualTo(new Reply("POST /nothing", 404, "{\"error\":\"no such path\"}"));
        }
    }

    @Test
    void whoDoesNotAnswerInTime() throws Exception {
        try (FakeServer server = FakeServer.answering("", Then.STALL);
                ServerClient client = FakeServer.client(server.baseUrl(), SHORT, LONG)) {
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.get("/models"))
                    .withMessage("GET /models: expected an answer within 0.0 s, found none");
        }
    }

    /** The timeout is for the whole answer, not for each byte. */
    @Test
    void whoDripsIsEnded() throws Exception {
        String begun = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{";
        try (FakeServer server = FakeServer.answering(begun, Then.DRIP);
                ServerClient probe = FakeServer.client(server.baseUrl(), Duration.ofSeconds(1), LONG)) {
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> probe.get("/models"))
                    .withMessage("GET /models: expected an answer within 1.0 s, found one that had not ended");
            server.awaitHangUp();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''               | POST /x: expected an answer, found HTTP/1.1 header parser received no bytes
            FTP              | POST /x: expected an answer, found
            HTTP/1.1 200 OK%nContent-Length: 9%n%n{}                | POST /x: expected an answer, found fixed content-length: 9, bytes received: 2
            HTTP/1.1 200 OK%nTransfer-Encoding: chunked%n%n2%n{}    | POST /x: expected an answer, found chunked transfer encoding, state: READING_
            HTTP/1.1 200 OK%nTransfer-Encoding: chunked%n%n2%n{}%n  | POST /x: expected an answer, found chunked transfer encoding, state: READING_
            HTTP/1.1 200 OK%nTransfer-Encoding: chunked%n%n2%n{}%n0 | POST /x: expected an answer, found chunked transfer encoding, state: READING_
            """)
    void whoAnswersOtherwise(String answer, String problem) throws Exception {
        try (FakeServer server = FakeServer.answering(answer.replace("%n", "\r\n"), Then.CLOSE);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.post("/x", RequestBodies.object()))
                    .withMessageStartingWith(problem);
        }
    }

    @Test
    void whoAnswersWithoutEnd() throws Exception {
        try (FakeServer server = FakeServer.answering("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(1 << 20), Then.REPEAT);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.get("/models"))
                    .withMessage("GET /models: expected an answer, found body exceeds capacity: 16777216");
        }
    }

    @Test
    void anInterruptEndsTheWaiting() throws Exception {
        try (FakeServer server = FakeServer.answering("", Then.STALL);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.get("/models"))
                    .withMessage("GET /models: interrupted");
            assertThat(Thread.interrupted()).isTrue();
            Thread.currentThread().interrupt();
            client.hangUp("/completion", RequestBodies.object(), LONG);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** The call returns in any case, and the server has received the request. */
    @ParameterizedTest
    @CsvSource({"STALL, 200", "CLOSE, 20000"})
    void hangingUp(Then then, long millis) throws Exception {
        try (FakeServer server = FakeServer.answering("", then);
                ServerClient client = FakeServer.client(server.baseUrl(), LONG, LONG)) {
            client.hangUp("/completion", RequestBodies.object(), Duration.ofMillis(millis));
            server.awaitHangUp();
        }
    }

    @Test
    void aRunIsOverWhenItsTimeIs() {
        Deadline over = new Deadline(Duration.ZERO);
        assertThatExceptionOfType(ServerException.class).isThrownBy(() -> over.left(SHORT))
                .withMessage("time: expected the run to end within 0.0 s, found more to do then");
        assertThat(new Deadline(LONG).left(SHORT)).isEqualTo(SHORT);
        assertThat(new Deadline(LONG).left(Duration.ofHours(1))).isBetween(Duration.ofNanos(1), LONG);
        assertThat(ServerClient.seconds(Duration.ofMillis(12_345))).isEqualTo("12.3 s");
    }
}
