package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;

/** The whole server over the tiny model: its answers do not depend on what the slot held, and streams say the same. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class GateServerTests {
    private static final String PREFIX = "alpha beta gamma.";
    /** Offset of the sidecar's fingerprint in a session: its header, then 28 bytes of the payload. */
    private static final int FINGERPRINT = 40 + 28;

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
    void completionIsTheSameWhetherItsPrefixWasThereOrNot() throws Exception {
        server.post("/slots/0?action=erase", "{}");
        HttpAnswer whole = server.post("/completion",
                "{\"prompt\":\"alpha beta gamma.\",\"n_predict\":12,\"temperature\":0}");
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.json().path("tokens_predicted").asInt()).isEqualTo(12);
        assertThat(whole.json().path("timings").path("cache_n").asInt()).isZero();
        server.post("/completion", "{\"prompt\":\"alpha\",\"n_predict\":0,\"temperature\":0}");
        HttpAnswer continued = server.post("/completion",
                "{\"prompt\":\"alpha beta gamma.\",\"n_predict\":12,\"temperature\":0}");
        assertThat(continued.json().path("timings").path("cache_n").asInt()).isPositive();
        assertThat(continued.json().path("tokens")).isEqualTo(whole.json().path("tokens"));
        assertThat(continued.json().path("content")).isEqualTo(whole.json().path("content"));
        assertThat(whole.json().path("content").asText()).isNotBlank();
    }

    @Test
    void savedSlotContinuesWithTheSameTokens() throws Exception {
        server.post("/completion", "{\"prompt\":\"" + PREFIX + "\",\"n_predict\":0}");
        HttpAnswer saved = server.post("/slots/0?action=save", "{\"filename\":\"a.bin\"}");
        HttpAnswer direct = server.post("/completion", continuation());
        server.post("/completion", "{\"prompt\":\"another story\",\"n_predict\":3,\"temperature\":0}");

        HttpAnswer restored = server.post("/slots/0?action=restore", "{\"filename\":\"a.bin\"}");
        HttpAnswer after = server.post("/completion", continuation());

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
        HttpAnswer direct = server.post("/completion", continuation());
        server.post("/slots/0?action=restore", "{\"filename\":\"good.bin\"}");

        HttpAnswer refused = server.post("/slots/0?action=restore", "{\"filename\":\"bad.bin\"}");
        HttpAnswer after = server.post("/completion", continuation());

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().at("/error/message").asText())
                .startsWith("restore refused, rolled context state back: ").contains("sidecar identity mismatch");
        assertThat(after.json().at("/timings/cache_n").asInt()).isPositive();
        assertThat(after.json().path("tokens")).isEqualTo(direct.json().path("tokens"));
        assertThat(server.log()).contains("rolled context state back");
    }

    @Test
    void anEmptySlotIsSavedAndRestored() throws Exception {
        server.post("/slots/0?action=erase", "{}");
        HttpAnswer saved = server.post("/slots/0?action=save", "{\"filename\":\"none.bin\"}");
        server.post("/completion", "{\"prompt\":\"a\",\"n_predict\":0}");
        HttpAnswer restored = server.post("/slots/0?action=restore", "{\"filename\":\"none.bin\"}");
        HttpAnswer erased = server.post("/slots/0?action=erase", "{}");
        assertThat(saved.json().path("n_saved").asInt(-1)).isZero();
        assertThat(restored.json().path("n_restored").asInt(-1)).isZero();
        assertThat(erased.json().path("n_erased").asInt(-1)).isZero();
    }

    @Test
    void streamSaysWhatTheWholeAnswerSays() throws Exception {
        String body = "\"prompt\":\"alpha\",\"n_predict\":9,\"temperature\":0.9,\"seed\":5}";
        String whole = server.post("/completion", "{" + body).json().path("content").asText();
        HttpAnswer stream = server.post("/completion", "{\"stream\":true," + body);
        StringBuilder text = new StringBuilder();
        List<String> events = events(stream);
        for (String event : events) {
            text.append(new ObjectMapper().readTree(event).path("content").asText());
        }
        assertThat(text).hasToString(whole);
        assertThat(events.getLast()).contains("\"stop\":true", "\"stop_type\":\"limit\"", "\"seed\":5");
    }

    private static List<String> events(HttpAnswer answer) {
        return answer.body().lines().filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length())).toList();
    }

    private static String continuation() {
        return "{\"prompt\":\"" + PREFIX + " And so on.\",\"n_predict\":6,\"temperature\":0}";
    }
}
