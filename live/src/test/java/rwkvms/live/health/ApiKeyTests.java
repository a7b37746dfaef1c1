package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A key is sent to the server and shown nowhere else. */
@Timeout(60)
final class ApiKeyTests {
    private static final Duration LONG = Duration.ofSeconds(50);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``     | none
            `a b`  | others in it
            `a%n`  | others in it
            bé     | others in it
            """)
    void refusesWhatCannotBeSent(String key, String found) {
        assertThatIllegalArgumentException().isThrownBy(() -> ApiKey.of(key.replace("%n", "\n")))
                .withMessage("expected a key of visible ASCII characters, found " + found);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            sk-1/2"x | no sk-1/2"x, {"a":"sk-1/2\\"x","b":"sk-1\\/2\\"x"} | no [API key], {"a":"[API key]","b":"[API key]"} | no [API key], {"a":"[API key]","b":"[API key]"}
            sk-a+b/c | sk-a\\u002Bb/c, sk\\u002da+b\\/c | [API key], [API key] | [API key], [API key]
            none     | none, Bearer none | [API key], Bearer [API key] | none, Bearer [API key]
            password | password          | [API key]                   | password
            1234567  | 1234567           | [API key]                   | 1234567
            12345678 | 12345678          | [API key]                   | [API key]
            """)
    void isHidden(String key, String text, String hidden, String hiddenInAnswer) {
        assertThat(ApiKey.of(key).hiddenIn(text)).isEqualTo(hidden);
        assertThat(ApiKey.of(key).hiddenInAnswer(text)).isEqualTo(hiddenInAnswer);
        assertThat(ApiKey.of(key)).hasToString("[API key]");
    }

    /** A server that repeats the key that it was sent. */
    private static HttpServer talkative(int status, List<String> sent) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange, status, sent);
            }
        });
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, int status, List<String> sent) throws IOException {
        String key = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        sent.add(key);
        byte[] body = ("{\"data\":\"" + key + "\"}").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Test
    void isSentAndIsInNoAnswer() throws Exception {
        List<String> sent = new ArrayList<>();
        HttpServer server = talkative(200, sent);
        String host = "127.0.0.1:" + server.getAddress().getPort();
        try (ServerClient client = new ServerClient(URI.create("http://" + host),
                Optional.of(ApiKey.of("sk-top-secret-1")), LONG,
                LONG)) {
            assertThat(client.get("/models").body()).isEqualTo("{\"data\":\"Bearer [API key]\"}");
            assertThat(sent).containsExactly("Bearer sk-top-secret-1");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void isInNoMessage() throws Exception {
        HttpServer server = talkative(401, new ArrayList<>());
        try (ServerClient client = new ServerClient(URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                Optional.of(ApiKey.of("word")), LONG, LONG)) {
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.get("/models").json())
                    .withMessage("GET /models: expected HTTP 2xx, found 401: {\"data\":\"Bearer [API key]\"}");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aServerWithoutANumberDoesNotAnswer() {
        try (ServerClient client = new ServerClient(ServerAddress.of(URI.create("http://gpu_box/v1")), Optional.empty(),
                LONG, LONG,
                name -> {
                    throw new UnknownHostException(name);
                })) {
            assertThatExceptionOfType(ServerException.class).isThrownBy(() -> client.get("/models"))
                    .withMessage("GET /models: expected an answer, found java.net.UnknownHostException: gpu_box");
        }
    }
}
