package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies of requests over HTTP: the valid ones, and the messages for the others. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // set before each test
final class BodiesTests {
    private final HttpClient client = HttpClient.newHttpClient();
    private WebServer server;

    @BeforeEach
    void start() {
        server = PlainServer.start(HttpRouting.builder().post("/", BodiesTests::answer));
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop();
    }

    private static void answer(ServerRequest request, ServerResponse response) {
        String said;
        try {
            said = Bodies.read(request).find("a").map(found -> found.toString().length() > 100
                    ? "long"
                    : found.toString()).orElse("none");
        } catch (RequestException e) {
            said = e.status() + " " + e.getMessage();
        }
        response.send(said.getBytes(StandardCharsets.UTF_8));
    }

    private String post(BodyPublisher body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/"))
                .POST(body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString()).body();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":"\u20ac"}       | "\u20ac"
            {"b":1}              | none
            {"a":1} 2            | 400 body: expected JSON, found Trailing token (of type VALUE_NUMBER_INT) found after value
            {"a":1,"a":2}        | 400 body: expected JSON, found Duplicate field 'a'
            [1]                  | 400 body: expected a JSON object, found a list
            ``                   | 400 body: expected a JSON object, found nothing
            """)
    void bodies(String body, String said) throws Exception {
        assertThat(post(BodyPublishers.ofString(body))).startsWith(said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Content-Type     | application/json                  | 1
            Content-Type     | Application/JSON; charset="UTF-8" | 1
            Content-Type     | application/json; charset=latin1  | 415 Content-Type: expected application/json in UTF-8, found another
            Content-Type     | application/x-www-form-urlencoded | 1
            Content-Type     | text/plain;charset=UTF-8          | 1
            Content-Type     | text/plain                        | 1
            Content-Type     | text/plain; charset=latin1        | 415 Content-Type: expected application/json in UTF-8, found another
            Content-Type     | text/html                         | 415 Content-Type: expected application/json in UTF-8, found another
            """)
    void headers(String name, String value, String said) throws Exception {
        assertThat(post(BodyPublishers.ofString("{\"a\":1}"), name, value)).isEqualTo(said);
    }

    /** If there is a body, Helidon refuses the request itself. */
    @Test
    void anEncodingOfNothing() throws Exception {
        assertThat(post(BodyPublishers.noBody(), "Content-Encoding", "gzip"))
                .isEqualTo("415 Content-Encoding: expected none, found one");
    }

    @Test
    void bytesThatAreNoText() throws Exception {
        assertThat(post(BodyPublishers.ofByteArray(new byte[]{'{', (byte) 0xFF, '}'})))
                .isEqualTo("400 body: expected UTF-8, found other bytes");
    }

    /** Deep nesting and very long numbers are refused. */
    @Test
    void limitsOfTheParser() throws Exception {
        assertThat(post(BodyPublishers.ofString("{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}")))
                .isEqualTo("[".repeat(31) + "]".repeat(31));
        assertThat(post(BodyPublishers.ofString("{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}")))
                .startsWith("400 body: expected JSON, found Document nesting depth (33) exceeds the maximum allowed");
        assertThat(post(BodyPublishers.ofString("{\"a\":" + "9".repeat(64) + "}"))).isEqualTo("9".repeat(64));
        assertThat(post(BodyPublishers.ofString("{\"a\":" + "9".repeat(65) + "}")))
                .startsWith("400 body: expected JSON, found Number value length (65) exceeds the maximum allowed");
    }

    @Test
    void largestBody() throws Exception {
        String max = "{\"a\":\"" + "x".repeat(Bodies.MAX_BYTES - 8) + "\"}";
        assertThat(post(BodyPublishers.ofString(max))).isEqualTo("long");
        String more = "413 body: expected at most 4194304 bytes, found more";
        assertThat(post(BodyPublishers.ofString(max + " "))).isEqualTo(more);
        byte[] chunks = (max + " ").getBytes(StandardCharsets.UTF_8);
        assertThat(post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(chunks)))).isEqualTo(more);
    }
}
