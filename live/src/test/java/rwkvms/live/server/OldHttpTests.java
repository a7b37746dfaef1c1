package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of HTTP/1.0 or with Connection: close: each is answered, then the connection is closed. */
@Timeout(60)
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class OldHttpTests {
    private static final int LIMIT_MILLIS = 30_000;
    private static final String END = "\r\n\r\n";
    private static final String BODY = "{\"prompt\":\"alpha\",\"n_predict\":3,\"temperature\":0,\"response_fields\":[\"content\"]";

    private TinyServer server;

    @BeforeAll
    void start() throws Exception {
        server = TinyServer.start();
    }

    @AfterAll
    void stop() throws Exception {
        server.close();
    }

    /** All bytes until the server closes. */
    private String send(String... parts) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(LIMIT_MILLIS);
            for (String part : parts) {
                socket.getOutputStream().write(part.getBytes(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().flush();
            }
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String head(String answer) {
        return answer.substring(0, answer.indexOf(END));
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf(END) + END.length());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"GET /health HTTP/1.0|200|{\"status\":\"ok\"}", "HEAD /health HTTP/1.0|200|''",
            "GET /health HTTP/1.0;Connection: keep-alive|200|{\"status\":\"ok\"}",
            "GET /health HTTP/1.0;Host: a|200|{\"status\":\"ok\"}",
            "GET /health HTTP/1.1;Host: a;Connection: Close|200|{\"status\":\"ok\"}",
            "GET /nothing HTTP/1.1;Host: a;Connection: close|404|{\"error\":{\"code\":404,\"message\":\"path: expected one of this server, found /nothing\",\"type\":\"not_found_error\"}}"})
    void requestsWithoutABody(String lines, int status, String body) throws Exception {
        String answer = send(lines.replace(";", "\r\n") + END);
        assertThat(head(answer)).startsWith("HTTP/1.1 " + status + " ").contains("\r\nConnection: close")
                .doesNotContain("keep-alive");
        assertThat(body(answer)).isEqualTo(body);
    }

    @Test
    void anAnswerInPieces() throws Exception {
        String whole = server.post("/completion", BODY + "}").body();
        String length = "POST /completion HTTP/1.0\r\nContent-Length: " + (BODY.length() + 1) + END;
        String answer = send(length, BODY, "}", "and what is no part of it");
        assertThat(head(answer)).startsWith("HTTP/1.1 200 ").contains("\r\nConnection: close");
        // Blanks before it keep the connection alive while it is computed, which takes longer on a busy machine.
        assertThat(body(answer).strip()).isEqualTo(whole.strip());

        String streaming = BODY + ",\"stream\":true}";
        String pieces = server.post("/completion", streaming).body();
        String stream = send("POST /completion HTTP/1.0\r\nContent-Length: " + streaming.length() + END + streaming);
        assertThat(head(stream)).doesNotContain("chunked");
        assertThat(body(stream)).isEqualTo(pieces);
    }

    /** Bytes may arrive and leave one by one. */
    @Test
    void bytesOneByOne() {
        String sent = "POST / HTTP/1.0\r\nKeep-Alive: 5\r\nContent-Length: 2\r\nX: y" + END + "ab";
        Queue<byte[]> bytes = new ArrayDeque<>(sent.chars().mapToObj(each -> new byte[]{(byte) each}).toList());
        bytes.add(new byte[]{'c'});
        OldRequest request = new OldRequest(new DataReader(bytes::poll), 1000);
        StringBuilder read = new StringBuilder();
        for (byte[] next = request.get(); next != null; next = request.get()) {
            read.append(new String(next, StandardCharsets.ISO_8859_1));
        }
        assertThat(read).hasToString(
                "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\nX: y\r\nHost: localhost" + END + "ab");

        Written written = new Written();
        OldResponse response = new OldResponse(written, request);
        String answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y" + END
                + "3\r\na\nb\r\n10;x=y\r\n0123456789abcdef\r\n0\r\n\r\n";
        answer.chars().forEach(each -> response.write(BufferData.create(new byte[]{(byte) each})));
        assertThat(written.bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo("HTTP/1.1 200 OK\r\nX: y" + END + "a\nb0123456789abcdef");
    }

    /** Requests other than HTTP/1.0, and bytes that are no request, pass unchanged. */
    @Test
    void otherBytesAreLeftAlone() {
        for (String sent : List.of("GET / HTTP/1.1\r\nHost: a" + END, "", "x".repeat(2000), "GET / HTTP/1.0\r\nX: y",
                "GET / HTTP/1.0\r\nX: " + "y".repeat(2000))) {
            Queue<byte[]> bytes = new ArrayDeque<>(List.of(sent.getBytes(StandardCharsets.ISO_8859_1)));
            OldRequest request = new OldRequest(new DataReader(bytes::poll), 1000);
            byte[] read = request.get();
            assertThat(read == null ? "" : new String(read, StandardCharsets.ISO_8859_1)).isEqualTo(sent);
            assertThat(request.old()).isFalse();
            assertThat(request.get()).isNull();
        }
    }

    /** Keeps what is written. */
    private static final class Written implements DataWriter {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(BufferData... buffers) {
            write(BufferData.create(buffers));
        }

        @Override
        public void write(BufferData buffer) {
            bytes.writeBytes(buffer.readBytes());
        }

        @Override
        public void writeNow(BufferData... buffers) {
            write(buffers);
        }

        @Override
        public void writeNow(BufferData buffer) {
            write(buffer);
        }
    }
}
