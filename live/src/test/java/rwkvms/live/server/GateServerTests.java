package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;

/** The server over the tiny model, as its clients see it. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class GateServerTests {
    private static final String PREFIX = "alpha beta gamma.";
    /** Offset of the sidecar's fingerprint in a session: its header, then 28 bytes of the payload. */
    private static final int FINGERPRINT = 40 + 28;
    /** Of a session (docs/state-format.md): its header, where that has the payload's size, and the checksum at the end. */
    private static final int SESSION_HEADER = 40;
    private static final int PAYLOAD_BYTES = 16;
    private static final int HASH = 32;

    private TinyServer server;

    @BeforeAll
    void start() throws Exception {
        server = TinyServer.start();
    }

    @AfterAll
    void stop() throws Exception {
        server.close();
    }

    @Test
    void healthAndModels() throws Exception {
        assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
        assertThat(server.get("/v1/models").json().path("data").path(0).path("id").asText()).isEqualTo("tiny");
    }

    @Test
    void completionIsTheSameWhetherItsPrefixWasThereOrNot() throws Exception {
        server.post("/slots/0?action=erase", "{}");
        Answer whole = server.post("/completion",
                "{\"prompt\":\"alpha beta gamma.\",\"n_predict\":12,\"temperature\":0}");
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.json().path("tokens_predicted").asInt()).isEqualTo(12);
        assertThat(whole.json().path("timings").path("cache_n").asInt()).isZero();
        server.post("/completion", "{\"prompt\":\"alpha\",\"n_predict\":0,\"temperature\":0}");
        Answer continued = server.post("/completion",
                "{\"prompt\":\"alpha beta gamma.\",\"n_predict\":12,\"temperature\":0}");
        assertThat(continued.json().path("timings").path("cache_n").asInt()).isPositive();
        assertThat(continued.json().path("tokens")).isEqualTo(whole.json().path("tokens"));
        assertThat(continued.json().path("content")).isEqualTo(whole.json().path("content"));
        assertThat(whole.json().path("content").asText()).isNotBlank();
    }

    @Test
    void savedSlotContinuesWithTheSameTokens() throws Exception {
        server.post("/completion", "{\"prompt\":\"" + PREFIX + "\",\"n_predict\":0}");
        Answer saved = server.post("/slots/0?action=save", "{\"filename\":\"a.bin\"}");
        Answer direct = server.post("/completion", continuation());
        server.post("/completion", "{\"prompt\":\"another story\",\"n_predict\":3,\"temperature\":0}");

        Answer restored = server.post("/slots/0?action=restore", "{\"filename\":\"a.bin\"}");
        Answer after = server.post("/completion", continuation());

        int tokens = saved.json().path("n_saved").asInt();
        assertThat(tokens).isPositive();
        assertThat(saved.json().path("n_written").asLong()).isEqualTo(Files.size(server.slots().resolve("a.bin")));
        assertThat(restored.json().path("n_restored").asInt()).isEqualTo(tokens);
        assertThat(restored.json().path("n_read")).isEqualTo(saved.json().path("n_written"));
        assertThat(after.json().path("timings").path("cache_n").asInt()).isEqualTo(tokens);
        assertThat(after.json().path("tokens")).isEqualTo(direct.json().path("tokens"));
    }

    @Test
    void damagedFileIsRefusedAndTheSlotIsAsItWas() throws Exception {
        server.post("/completion", "{\"prompt\":\"" + PREFIX + "\",\"n_predict\":0}");
        server.post("/slots/0?action=save", "{\"filename\":\"good.bin\"}");
        byte[] bytes = Files.readAllBytes(server.slots().resolve("good.bin"));
        bytes[FINGERPRINT] ^= 1;
        Files.write(server.slots().resolve("bad.bin"), bytes);
        Answer direct = server.post("/completion", continuation());
        server.post("/slots/0?action=restore", "{\"filename\":\"good.bin\"}");

        Answer refused = server.post("/slots/0?action=restore", "{\"filename\":\"bad.bin\"}");
        Answer after = server.post("/completion", continuation());

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().at("/error/message").asText())
                .startsWith("restore refused, rolled context state back: ").contains("sidecar identity mismatch");
        assertThat(after.json().at("/timings/cache_n").asInt()).isPositive();
        assertThat(after.json().path("tokens")).isEqualTo(direct.json().path("tokens"));
        assertThat(server.log()).contains("rolled context state back");
    }

    /** A sound file whose tokens are none of this model: it is loaded, found wanting, and taken back. */
    @Test
    void soundFileWithTokensOfAnotherModelIsTakenBack() throws Exception {
        server.post("/completion", "{\"prompt\":\"" + PREFIX + "\",\"n_predict\":0}");
        server.post("/slots/0?action=save", "{\"filename\":\"own.bin\"}");
        byte[] bytes = Files.readAllBytes(server.slots().resolve("own.bin"));
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(SESSION_HEADER + (int) file.getLong(PAYLOAD_BYTES), 1_000_000);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, bytes.length - HASH));
        System.arraycopy(hash, 0, bytes, bytes.length - HASH, HASH);
        Files.write(server.slots().resolve("foreign.bin"), bytes);
        JsonNode direct = server.post("/completion", continuation()).json();

        Answer refused = server.post("/slots/0?action=restore", "{\"filename\":\"foreign.bin\"}");
        server.post("/slots/0?action=save", "{\"filename\":\"after.bin\"}");
        server.post("/slots/0?action=restore", "{\"filename\":\"own.bin\"}");
        JsonNode after = server.post("/completion", continuation()).json();
        server.post("/slots/0?action=save", "{\"filename\":\"direct.bin\"}");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().at("/error/message").asText()).startsWith("restore refused, rolled context state "
                + "back: token of the session: expected 0 to ").endsWith(", found 1000000");
        assertThat(Files.mismatch(server.slots().resolve("after.bin"), server.slots().resolve("direct.bin")))
                .isEqualTo(-1);
        assertThat(after.path("tokens")).isEqualTo(direct.path("tokens"));
    }

    @Test
    void anEmptySlotIsSavedAndRestored() throws Exception {
        server.post("/slots/0?action=erase", "{}");
        Answer saved = server.post("/slots/0?action=save", "{\"filename\":\"none.bin\"}");
        server.post("/completion", "{\"prompt\":\"a\",\"n_predict\":0}");
        Answer restored = server.post("/slots/0?action=restore", "{\"filename\":\"none.bin\"}");
        Answer erased = server.post("/slots/0?action=erase", "{}");
        assertThat(saved.json().path("n_saved").asInt(-1)).isZero();
        assertThat(restored.json().path("n_restored").asInt(-1)).isZero();
        assertThat(erased.json().path("n_erased").asInt(-1)).isZero();
    }

    @Test
    void streamSaysWhatTheWholeAnswerSays() throws Exception {
        String body = "\"prompt\":\"alpha\",\"n_predict\":9,\"temperature\":0.9,\"seed\":5}";
        String whole = server.post("/completion", "{" + body).json().path("content").asText();
        Answer stream = server.post("/completion", "{\"stream\":true," + body);
        StringBuilder text = new StringBuilder();
        List<String> events = events(stream);
        for (String event : events) {
            text.append(new ObjectMapper().readTree(event).path("content").asText());
        }
        assertThat(text).hasToString(whole);
        assertThat(events.getLast()).contains("\"stop\":true", "\"stop_type\":\"limit\"", "\"seed\":5");
    }

    @Test
    void chatIsAnsweredInTheShapesOfTheApi() throws Exception {
        String body = "\"messages\":[{\"role\":\"system\",\"content\":\"Be short.\"},{\"role\":\"user\",\"content\":["
                + "{\"type\":\"text\",\"text\":\"Hi\"}]}],\"max_tokens\":5,\"temperature\":0}";
        JsonNode whole = server.post("/v1/chat/completions", "{" + body).json();
        assertThat(whole.path("object").asText()).isEqualTo("chat.completion");
        assertThat(whole.at("/choices/0/message/role").asText()).isEqualTo("assistant");
        assertThat(whole.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(whole.at("/usage/completion_tokens").asInt()).isEqualTo(5);
        assertThat(whole.at("/usage/total_tokens").asInt()).isEqualTo(whole.at("/usage/prompt_tokens").asInt() + 5);

        List<String> events = events(server.post("/v1/chat/completions",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true}," + body));
        assertThat(events.getLast()).isEqualTo("[DONE]");
        assertThat(events.getFirst()).contains("\"role\":\"assistant\"", "chat.completion.chunk");
        StringBuilder text = new StringBuilder();
        for (String event : events.subList(0, events.size() - 1)) {
            text.append(new ObjectMapper().readTree(event).at("/choices/0/delta/content").asText());
        }
        assertThat(text).hasToString(whole.at("/choices/0/message/content").asText());
        assertThat(events.get(events.size() - 3)).contains("\"finish_reason\":\"length\"", "\"usage\":null");
        assertThat(events.get(events.size() - 2)).contains("\"choices\":[]", "\"completion_tokens\":5");
    }

    private static List<String> events(Answer answer) {
        return answer.body().lines().filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length())).toList();
    }

    @Test
    void aStopTextEndsTheAnswerAndIsNoPartOfIt() throws Exception {
        String body = "{\"prompt\":\"alpha beta gamma.\",\"n_predict\":12,\"temperature\":0";
        String whole = server.post("/completion", body + "}").json().path("content").asText();
        String stop = whole.substring(2, 5);
        JsonNode stopped = server.post("/completion",
                body + ",\"stop\":" + TextNode.valueOf(stop) + "}").json();
        assertThat(stopped.path("content").asText()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(stopped.path("stop_type").asText()).isEqualTo("word");
        assertThat(stopped.path("stopping_word").asText()).isEqualTo(stop);
    }

    @Test
    void aPromptOfTokensAndAFullContext() throws Exception {
        JsonNode full = server.post("/completion", "{\"prompt\":[2,300,301],\"temperature\":0}").json();
        assertThat(full.path("tokens_evaluated").asInt()).isEqualTo(3);
        assertThat(full.path("truncated").asBoolean()).isTrue();
        assertThat(full.path("tokens_cached").asInt()).isEqualTo(TinyServer.CONTEXT);
        assertThat(full.path("stop_type").asText()).isEqualTo("limit");
    }

    @Test
    void refusalsSayWhatIsWrong() throws Exception {
        assertThat(server.post("/completion", "{\"prompt\":\"a\",\"temperature\":-1}").body()).isEqualTo(
                "{\"error\":{\"code\":400,\"message\":\"temperature: expected a number from 0.0 to 100.0, found -1\","
                        + "\"type\":\"invalid_request_error\"}}");
        assertThat(server.post("/slots/0?action=save", "{\"filename\":\"../a\"}").json().at("/error/message").asText())
                .isEqualTo("filename: expected 1 to 128 letters, digits, '.', '_' or '-', not beginning with '.', "
                        + "found another name");
        assertThat(server.get("/nothing").status()).isEqualTo(404);
    }

    private static String continuation() {
        return "{\"prompt\":\"" + PREFIX + " And so on.\",\"n_predict\":6,\"temperature\":0}";
    }
}
