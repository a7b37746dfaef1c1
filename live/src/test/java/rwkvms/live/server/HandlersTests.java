package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every path, answered over HTTP; the test also has access to the slot. */
@Timeout(120)
@SuppressWarnings("NullAway.Init") // set before each test
final class HandlersTests {
    /** So large that no machine fills it during a test. */
    private static final int LONG = 16_384;
    private static final String PROMPT = "\"prompt\":\"alpha\",\"temperature\":0";
    private static final Pattern TIME = Pattern.compile("(?m)^\\d+\\.\\d{3} ");

    @TempDir
    private Path folder = Path.of("");
    private final StringWriter log = new StringWriter();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Turns turns = new Turns();
    private Slot slot = slot(256);
    private WebServer server;

    @BeforeEach
    void start() {
        server = serve();
    }

    private Slot slot(int size) {
        return new Slot(TinyModel.get(), size, 1, new ServerLog(new PrintWriter(log)));
    }

    private WebServer serve() {
        return PlainServer.start(HttpRouting.builder().register(new Handlers(TinyModel.get(), slot, turns,
                new GateServer.Settings("127.0.0.1", 0, slot.size(), 1, "tiny", folder),
                new ServerLog(new PrintWriter(log)))));
    }

    private void enlarge() {
        server.stop();
        slot.close();
        slot = slot(LONG);
        server = serve();
    }

    @AfterEach
    void close() {
        slot.stop();
        client.close();
        server.stop();
        slot.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return client.send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        assertThat(response.headers().firstValue("content-type")).contains("application/json; charset=utf-8");
        return new ObjectMapper().readTree(response.body());
    }

    private List<String> logged() {
        return TIME.matcher(log.toString()).replaceAll("").lines().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/v1/health"})
    void health(String path) throws Exception {
        assertThat(json(get(path))).hasToString("{\"status\":\"ok\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/models", "/v1/models"})
    void models(String path) throws Exception {
        long before = System.currentTimeMillis() / 1000;
        JsonNode models = json(get(path));
        long created = models.at("/data/0/created").asLong();
        assertThat(created).isBetween(before - 120, before + 1);
        assertThat(models).hasToString(new Answers("tiny").models(created).toString());
        assertThat(json(get(path + "/tiny"))).isEqualTo(models.at("/data/0"));
        HttpResponse<String> other = get(path + "/of/another");
        assertThat(other.statusCode()).isEqualTo(404);
        assertThat(json(other)).isEqualTo(Answers.error(404, "model: expected tiny, found another"));
    }

    /** The headers of GET, without the body. */
    @ParameterizedTest
    @ValueSource(strings = {"/health", "/v1/health", "/v1/models", "/v1/models/tiny", "/props", "/slots", "/nothing"})
    void heads(String path) throws Exception {
        HttpResponse<String> whole = get(path);
        for (int i = 0; i < 2; i++) {
            HttpResponse<String> head = client.send(request(path).HEAD().build(), BodyHandlers.ofString());
            assertThat(head.statusCode()).isEqualTo(whole.statusCode());
            assertThat(head.headers().firstValue("content-type")).isEqualTo(whole.headers().firstValue("content-type"));
            assertThat(head.headers().firstValue("content-length")).contains(String.valueOf(whole.body().length()));
            assertThat(head.body()).isEmpty();
        }
    }

    /** What a browser asks before a page of another origin may send its key. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"/v1/models|GET, HEAD, OPTIONS", "/v1/chat/completions|POST, OPTIONS",
            "/slots/0|POST, OPTIONS"})
    void preflights(String path, String methods) throws Exception {
        HttpResponse<String> asked = client.send(request(path).method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os").build(),
                BodyHandlers.ofString());
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(asked.body()).isEmpty();
        assertThat(asked.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
        assertThat(asked.headers().firstValue("Access-Control-Allow-Methods")).contains(methods);
        assertThat(asked.headers().firstValue("Access-Control-Allow-Headers"))
                .contains("authorization,content-type,x-stainless-os");
        assertThat(asked.headers().firstValue("Access-Control-Max-Age")).contains("600");
        HttpResponse<String> plain = client.send(request(path).method("OPTIONS",
                HttpRequest.BodyPublishers.noBody()).header("Access-Control-Request-Headers", "a\"b").build(),
                BodyHandlers.ofString());
        assertThat(plain.headers().firstValue("Access-Control-Allow-Headers"))
                .contains("Authorization, Content-Type");
        assertThat(plain.headers().firstValue("Allow")).contains(methods);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"PUT|/health|GET, HEAD, OPTIONS", "DELETE|/v1/models/tiny|GET, HEAD, OPTIONS",
            "GET|/completion|POST, OPTIONS", "HEAD|/v1/completions|POST, OPTIONS", "GET|/slots/0|POST, OPTIONS",
            "POST|/props|GET, HEAD, OPTIONS"})
    void methods(String method, String path, String allowed) throws Exception {
        HttpResponse<String> refused = client.send(request(path).method(method, HttpRequest.BodyPublishers.noBody())
                .build(), BodyHandlers.ofString());
        assertThat(refused.statusCode()).isEqualTo(405);
        assertThat(refused.headers().firstValue("Allow")).contains(allowed);
        assertThat(refused.headers().firstValue("Access-Control-Allow-Origin")).contains("*");
        String problem = "method: expected " + allowed + ", found " + method;
        assertThat(refused.body())
                .isEqualTo(method.equals("HEAD") ? "" : Answers.error(405, problem).toString());
        assertThat(logged()).containsExactly(method + " " + path + ": 405 " + problem);
    }

    @Test
    void properties() throws Exception {
        JsonNode props = json(get("/props"));
        assertThat(props.at("/default_generation_settings/n_ctx").asInt()).isEqualTo(256);
        assertThat(props.at("/default_generation_settings/params")).hasToString("{\"n_predict\":-1,\"max_tokens\":-1,"
                + "\"temperature\":0.8,\"top_k\":40,\"top_p\":0.95,\"min_p\":0.05,\"repeat_last_n\":64,"
                + "\"repeat_penalty\":1.0,\"presence_penalty\":0.0,\"frequency_penalty\":0.0,\"seed\":4294967295}");
        assertThat(props.path("total_slots").asInt()).isEqualTo(1);
        assertThat(props.path("model_alias").asText()).isEqualTo("tiny");
        assertThat(props.path("model_path").asText()).isEqualTo(TinyModel.get().base().toString());
        assertThat(props.path("bos_token").asText()).isEqualTo("<bos>");
        assertThat(props.path("device").asText()).isEqualTo("CPU");
    }

    @Test
    void whatTheSlotDoes() throws Exception {
        post("/completion", "{" + PROMPT + ",\"n_predict\":1}");
        String text = "[{\"id\":0,\"n_ctx\":256,\"speculative\":false,\"is_processing\":%s,\"tokens_cached\":"
                + slot.count() + "}]";
        assertThat(json(get("/slots?fail_on_no_slot=1"))).hasToString(String.format(Locale.ROOT, text, "false"));
        HttpResponse<String> busy = turns.take(() -> {
            try {
                assertThat(json(get("/slots"))).hasToString(String.format(Locale.ROOT, text, "true"));
                return get("/slots?fail_on_no_slot=1");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(busy.statusCode()).isEqualTo(503);
        assertThat(json(busy)).isEqualTo(Answers.error(503, "the slot: expected it free, found it taken"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '`', textBlock = """
            /tokenize   # {"content":""}                          # {"tokens":[]}
            /tokenize   # {"content":"<|turn>","add_special":true} # {"tokens":[2,4]}
            /tokenize   # {"content":"<bos>","with_pieces":true}  # {"tokens":[{"id":2,"piece":"<bos>"}]}
            /tokenize   # {"content":"\u00e9","with_pieces":true} # {"tokens":[{"id":201,"piece":[195]},{"id":175,"piece":[169]}]}
            /detokenize # {"tokens":[2,4]}                        # {"content":"<bos><|turn>"}
            /detokenize # {"tokens":[201,175]}                    # {"content":"\u00e9"}
            /detokenize # {"tokens":[]}                           # {"content":""}
            /apply-template # {"messages":[{"role":"user","content":" Hi "}]} # {"prompt":"<|turn>user\\nHi<turn|>\\n<|turn>model\\n"}
            """)
    void textAndTokens(String path, String body, String answer) throws Exception {
        assertThat(json(post(path, body))).hasToString(answer);
    }

    /** Names of control tokens are plain text if they are not to be parsed. */
    @Test
    void controlTokensAsText() throws Exception {
        JsonNode tokens = json(post("/tokenize", "{\"content\":\"<bos>\",\"parse_special\":false}")).path("tokens");
        assertThat(tokens).hasSizeGreaterThan(1);
        assertThat(json(post("/detokenize", "{\"tokens\":" + tokens + "}")).path("content").asText())
                .isEqualTo("<bos>");
    }

    /** The prompt of a chat, sent as that of a completion, is answered as the chat is. */
    @Test
    void aTemplateIsThePromptOfItsChat() throws Exception {
        String messages = "{\"messages\":[{\"role\":\"system\",\"content\":\"Be short.\"},{\"role\":\"user\","
                + "\"content\":\"Hi\"}]";
        String settings = ",\"temperature\":0,\"max_tokens\":4}";
        JsonNode chat = json(post("/v1/chat/completions", messages + settings));
        JsonNode prompt = json(post("/apply-template", messages + "}")).path("prompt");
        JsonNode answer = json(post("/completion", "{\"prompt\":" + prompt + settings));
        assertThat(answer.path("content")).isEqualTo(chat.at("/choices/0/message/content"));
        assertThat(answer.path("tokens_evaluated")).isEqualTo(chat.at("/usage/prompt_tokens"));
    }

    @Test
    void textCompletions() throws Exception {
        String body = "{\"model\":\"tiny\",\"prompt\":[\"alpha\"],\"temperature\":0,\"max_tokens\":2,\"logprobs\":null";
        JsonNode whole = json(post("/v1/completions", body + "}"));
        assertThat(whole.path("object").asText()).isEqualTo("text_completion");
        assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(2);
        assertThat(whole.at("/choices/0/text").asText())
                .isEqualTo(json(post("/completion", "{" + PROMPT + ",\"max_tokens\":2}")).path("content").asText());

        List<String> events = post("/v1/completions", body + ",\"stream\":true,\"stream_options\":"
                + "{\"include_usage\":true}}").body().lines().filter(line -> !line.isEmpty()).toList();
        assertThat(events).hasSize(5).last().isEqualTo("data: [DONE]");
        assertThat(event(events.get(0)).at("/choices/0/text").asText()
                + event(events.get(1)).at("/choices/0/text").asText()).isEqualTo(whole.at("/choices/0/text").asText());
        assertThat(event(events.get(2)).at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(event(events.get(3)).path("usage")).isEqualTo(whole.path("usage"));
        assertThat(event(events.get(3)).path("choices")).isEmpty();
    }

    @Test
    void fieldsThatNobodyKnowsAreLogged() throws Exception {
        assertThat(post("/completion", "{" + PROMPT + ",\"n_predict\":0,\"temprature\":1,\"x\\n\":2,\"y\":null}")
                .statusCode()).isEqualTo(200);
        assertThat(logged()).containsExactly("/completion: unknown fields, left alone: temprature, x ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/completion", "/completions"})
    void completions(String path) throws Exception {
        JsonNode whole = json(post(path, "{" + PROMPT + ",\"n_predict\":3}"));
        assertThat(whole.path("tokens")).hasSize(3);
        assertThat(whole.path("tokens_cached").asInt()).isEqualTo(slot.count());
        assertThat(json(post(path, "{" + PROMPT + ",\"n_predict\":3,\"response_fields\":[\"content\","
                + "\"timings/predicted_n\"]}"))).hasToString("{\"content\":" + whole.path("content")
                        + ",\"timings/predicted_n\":3}");

        List<String> events = post(path, "{" + PROMPT + ",\"n_predict\":3,\"stream\":true,\"response_fields\":"
                + "[\"stop\"]}").body().lines().filter(line -> !line.isEmpty()).toList();
        assertThat(events).hasSize(4).startsWith("data: " + Answers.piece(
                whole.path("content").asText().substring(0, 1), whole.at("/tokens/0").asInt()))
                .endsWith("data: {\"stop\":true}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat/completions", "/v1/chat/completions"})
    void chats(String path) throws Exception {
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"temperature\":0,\"max_tokens\":2";
        JsonNode whole = json(post(path, body + "}"));
        assertThat(whole.path("object").asText()).isEqualTo("chat.completion");
        assertThat(whole.path("id").asText()).matches("chatcmpl-[0-9a-f-]{36}");
        long now = System.currentTimeMillis() / 1000;
        assertThat(whole.path("created").asLong()).isBetween(now - 120, now);
        String text = whole.at("/choices/0/message/content").asText();
        assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(2);

        HttpResponse<String> stream = post(path, body + ",\"stream\":true}");
        assertThat(stream.headers().firstValue("content-type")).contains("text/event-stream; charset=utf-8");
        List<String> events = stream.body().lines().filter(line -> !line.isEmpty()).toList();
        assertThat(events).hasSize(4).last().isEqualTo("data: [DONE]");
        JsonNode first = event(events.get(0));
        JsonNode second = event(events.get(1)).at("/choices/0/delta");
        assertThat(first.at("/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(second.has("role")).isFalse();
        assertThat(first.at("/choices/0/delta/content").asText() + second.path("content").asText()).isEqualTo(text);
        assertThat(event(events.get(2)).at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(event(events.get(2)).has("usage")).isFalse();
        assertThat(first.path("id")).isEqualTo(event(events.get(2)).path("id"));
        assertThat(first.path("created").asLong()).isBetween(now - 120, now + 120);
        for (boolean usage : List.of(true, false)) {
            List<String> again = post(path, body + ",\"stream\":true,\"stream_options\":{\"include_usage\":" + usage
                    + "}}").body().lines().filter(line -> !line.isEmpty()).toList();
            assertThat(again).hasSize(usage ? 5 : 4);
            assertThat(event(again.get(0)).has("usage")).isEqualTo(usage);
            assertThat(event(again.get(2)).path("usage").isNull()).isEqualTo(usage);
            if (usage) {
                assertThat(event(again.get(3)).path("choices")).isEmpty();
                assertThat(event(again.get(3)).at("/usage/completion_tokens").asInt()).isEqualTo(2);
            }
        }
    }

    private static JsonNode event(String line) throws IOException {
        return new ObjectMapper().readTree(line.substring("data: ".length()));
    }

    @Test
    void metrics() throws Exception {
        post("/completion", "{" + PROMPT + ",\"n_predict\":3}");
        post("/completion", "{}");
        HttpResponse<String> metrics = get("/metrics");
        assertThat(metrics.headers().firstValue("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body()).contains("\nllamacpp:tokens_predicted_total 3\n", "\nrwkv_ms:requests_total 3\n",
                "\nrwkv_ms:requests_refused_total 1\n", "\nrwkv_ms:clients_hung_up_total 0\n",
                "\nrwkv_ms:slot_tokens " + slot.count() + "\n");
    }

    @Test
    void theSlotIsSavedRestoredAndErased() throws Exception {
        post("/completion", "{" + PROMPT + ",\"n_predict\":1}");
        int held = slot.count();
        ObjectNode saved = (ObjectNode) json(post("/slots/0?action=save", "{\"filename\":\"a.bin\"}"));
        long bytes = Files.size(folder.resolve("a.bin"));
        timed(saved, "save_ms");
        assertThat(saved).hasToString("{\"id_slot\":0,\"filename\":\"a.bin\",\"n_saved\":" + held + ",\"n_written\":"
                + bytes + "}");
        ObjectNode erased = (ObjectNode) json(post("/slots/0?action=erase", "{}"));
        timed(erased, "erase_ms");
        assertThat(erased).hasToString("{\"id_slot\":0,\"n_erased\":" + held + "}");
        assertThat(slot.count()).isZero();
        ObjectNode restored = (ObjectNode) json(post("/slots/0?action=restore", "{\"filename\":\"a.bin\"}"));
        timed(restored, "restore_ms");
        assertThat(restored).hasToString("{\"id_slot\":0,\"filename\":\"a.bin\",\"n_restored\":" + held
                + ",\"n_read\":" + bytes + "}");
        assertThat(slot.count()).isEqualTo(held);
        assertThat(logged()).containsExactly("slot saved: " + held + " tokens, " + bytes + " bytes",
                "slot restored: " + held + " tokens, " + bytes + " bytes");
    }

    private static void timed(ObjectNode answer, String name) {
        JsonNode timings = answer.remove("timings");
        assertThat(timings.path(name).asDouble()).isBetween(1e-6, 120_000.0);
        assertThat(timings).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /nothing              | {}                | 404 | path: expected one of this server, found /nothing
            /health/x             | {}                | 404 | path: expected one of this server, found /health/x
            /tokenize             | {}                | 400 | content: expected a text, found none
            /tokenize             | {"content":[1]}   | 400 | content: expected a text, found a list
            /detokenize           | {}                | 400 | tokens: expected a list of tokens, found none
            /detokenize           | {"tokens":"a"}    | 400 | tokens: expected a list of tokens, found a text
            /detokenize           | {"tokens":[1,-1]} | 400 | tokens[1]: expected a token from 0 to {last}, found -1
            /detokenize           | {"tokens":["a"]}  | 400 | tokens[0]: expected a token from 0 to {last}, found a text
            /apply-template       | {}                | 400 | messages: expected a list of messages, found none
            /v1/completions       | {}                | 400 | prompt: expected a text or a list of tokens, found none
            /chat/completions     | {"messages":[{"role":"user","content":"a"}],"stream_options":1} | 400 | stream_options: expected an object, found 1
            /slots/1?action=save  | {"filename":"a"}  | 400 | slot: expected 0, found another
            /slots/0              | {"filename":"a"}  | 400 | action: expected save, restore or erase, found another
            /slots/0?action=drop  | {"filename":"a"}  | 400 | action: expected save, restore or erase, found another
            /slots/0?action=save  | {}                | 400 | filename: expected a text, found none
            /slots/0?action=save  | {"filename":1}    | 400 | filename: expected a text, found 1
            /slots/0?action=restore | {"filename":"a"} | 400 | filename: expected a file of the slot folder, found none of that name
            /completion           | []                | 400 | body: expected a JSON object, found a list
            /completion           | {"prompt":[]}     | 400 | prompt: expected 1 to 256 tokens, found 0
            /completion           | {"prompt":[-1]}   | 400 | token of the prompt: expected 0 to {last}, found -1
            /chat/completions     | {}                | 400 | messages: expected a list of messages, found none
            """)
    void refusals(String path, String body, int status, String problem) throws Exception {
        HttpResponse<String> response = post(path, body);
        String said = problem.replace("{last}", String.valueOf(TinyModel.get().words().size() - 1));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(json(response)).isEqualTo(Answers.error(status, said));
        assertThat(logged()).containsExactly("POST " + path.replaceAll("\\?.*", "") + ": " + status + " " + said);
    }

    @Test
    void aHeaderHasAName() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"
                    .getBytes(StandardCharsets.ISO_8859_1));
            BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream(),
                    StandardCharsets.UTF_8));
            assertThat(reader.readLine()).startsWith("HTTP/1.1 400 ");
        }
        assertThat(logged()).containsExactly(
                "GET /health: 400 header: expected a name before the colon, found none");
    }

    @Test
    void aFailureOfTheServerIsToldAsSuch() throws Exception {
        Files.delete(folder);
        HttpResponse<String> response = post("/slots/0?action=save", "{\"filename\":\"a.bin\"}");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(json(response).at("/error/message").asText()).startsWith("the server failed: ");
        assertThat(logged()).hasSize(2).first().asString().startsWith("internal error: ");
        Files.createDirectory(folder);
    }

    /** An answer that fails midway ends with an error, because the status has already been sent. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatCannotBeFinished(boolean stream) throws Exception {
        enlarge();
        HttpResponse<InputStream> response = client.send(request("/completion")
                .POST(HttpRequest.BodyPublishers.ofString("{" + PROMPT + ",\"stream\":" + stream + "}")).build(),
                BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(response.body(),
                StandardCharsets.UTF_8))) {
            assertThat(reader.read()).isEqualTo(stream ? 'd' : ' ');
            slot.stop();
            List<String> lines = reader.lines().filter(line -> !line.isEmpty()).toList();
            assertThat(lines.getLast().strip()).isEqualTo((stream ? "data: " : "")
                    + Answers.error(503, "the server stops"));
        }
        assertThat(logged()).containsExactly("an answer ends unfinished: the server stops");
    }

    /** If nothing was sent yet, the status is the error's. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAnswerThatCannotBegin(boolean stream) throws Exception {
        slot.stop();
        HttpResponse<String> response = post("/completion", "{" + PROMPT + ",\"stream\":" + stream + "}");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(json(response)).isEqualTo(Answers.error(503, "the server stops"));
        assertThat(logged()).containsExactly("POST /completion: 503 the server stops");
    }

    /** Nothing more is computed for a client that hung up, and the next one has the slot. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatIsGoneIsLeft(boolean stream) throws Exception {
        enlarge();
        String body = "{" + PROMPT + ",\"stream\":" + stream + "}";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(("POST /completion HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        while (!get("/metrics").body().contains("\nrwkv_ms:clients_hung_up_total 1\n")) {
            Thread.sleep(5);
        }
        while (turns.taken()) {
            Thread.sleep(1);
        }
        assertThat(slot.count()).isBetween(1, LONG - 1);
        while (logged().isEmpty()) {
            Thread.sleep(1);
        }
        assertThat(logged()).containsExactly("/completion: the client hung up");
        assertThat(post("/completion", "{" + PROMPT + ",\"n_predict\":3}").statusCode()).isEqualTo(200);
    }

    /** Only the request whose turn it is uses the slot. */
    @Test
    void theSlotIsUsedInTurns() throws Exception {
        post("/completion", "{" + PROMPT + ",\"n_predict\":0}");
        for (String path : List.of("/completion", "/slots/0?action=save", "/slots/0?action=restore",
                "/slots/0?action=erase")) {
            CountDownLatch held = new CountDownLatch(1);
            Thread holder = Thread.ofVirtual().start(() -> turns.take(() -> {
                try {
                    held.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return 0;
            }));
            while (!turns.taken()) {
                Thread.sleep(1);
            }
            Files.writeString(folder.resolve("a.bin"), "");
            var answer = client.sendAsync(request(path).POST(HttpRequest.BodyPublishers.ofString(
                    "{" + PROMPT + ",\"n_predict\":0,\"filename\":\"a.bin\"}")).build(), BodyHandlers.ofString());
            while (turns.waiting() != 1 && !answer.isDone()) {
                Thread.sleep(1);
            }
            assertThat(answer.isDone()).as(path).isFalse();
            held.countDown();
            holder.join();
            assertThat(answer.get().statusCode()).as(path).isEqualTo(path.endsWith("restore") ? 400 : 200);
        }
    }
}
