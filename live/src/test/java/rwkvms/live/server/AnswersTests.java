package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.live.server.GeneratedAnswer.Stop;

/** The whole JSON of every answer. */
final class AnswersTests {
    private static final Answers ANSWERS = new Answers("tiny");
    /** Three of five tokens of the prompt computed in 6 ms, two tokens generated in 5 ms. */
    private static final GeneratedAnswer ANSWER = new GeneratedAnswer("Hi!", List.of(7, 8), Stop.WORD, "END", true, 5,
            2, 6_000_000,
            5_000_000);
    private static final Sampling SAMPLING = new Sampling(0.5, 40, 0.25, 0.125,
            new Penalties(32, 1.5, -0.5, 0.75), 9);
    private static final String TIMINGS = "\"timings\":{\"cache_n\":2,\"prompt_n\":3,\"prompt_ms\":6.0,"
            + "\"prompt_per_token_ms\":2.0,\"prompt_per_second\":500.0,\"predicted_n\":2,\"predicted_ms\":5.0,"
            + "\"predicted_per_token_ms\":2.5,\"predicted_per_second\":400.0}";
    private static final String USAGE = "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":2}}";

    private static Generation asked(boolean streaming) {
        return new Generation(List.of(1), 6, SAMPLING, true, List.of(), streaming);
    }

    private static String completion(String content, String tokens) {
        return "{\"index\":0,\"content\":\"" + content + "\",\"tokens\":[" + tokens + "],\"id_slot\":0,\"stop\":true,"
                + "\"model\":\"tiny\",\"tokens_predicted\":2,\"tokens_evaluated\":5,\"truncated\":true,"
                + "\"stop_type\":\"word\",\"stopping_word\":\"END\",\"tokens_cached\":6,\"generation_settings\":"
                + "{\"n_predict\":6,\"max_tokens\":6,\"temperature\":0.5,\"top_k\":40,\"top_p\":0.25,\"min_p\":0.125,"
                + "\"repeat_last_n\":32,\"repeat_penalty\":1.5,\"presence_penalty\":0.75,\"frequency_penalty\":-0.5,"
                + "\"seed\":9},"
                + TIMINGS + "}";
    }

    @Test
    void completions() {
        assertThat(ANSWERS.completion(ANSWER, asked(false), 6)).hasToString(completion("Hi!", "7,8"));
        assertThat(ANSWERS.completion(ANSWER, asked(true), 6)).hasToString(completion("", ""));
        assertThat(Answers.piece("Hi", 7))
                .hasToString("{\"index\":0,\"content\":\"Hi\",\"tokens\":[7],\"stop\":false,\"id_slot\":0}");
    }

    /** Identifiers and times are tested elsewhere. */
    private static String shown(ObjectNode json) {
        assertThat(json.path("id").asText()).matches("(chatcmpl|cmpl)-[0-9a-f-]{36}");
        return json.put("id", "i").toString();
    }

    private static String choice(String object, String choice) {
        return "{\"id\":\"i\",\"object\":\"" + object + "\",\"created\":12,\"model\":\"tiny\",\"choices\":[" + choice
                + "]";
    }

    @Test
    void chats() {
        String chunk = "chat.completion.chunk";
        assertThat(shown(ANSWERS.chat(false, 12).whole(ANSWER))).isEqualTo(choice("chat.completion",
                "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi!\"},\"logprobs\":null,"
                        + "\"finish_reason\":\"stop\"}")
                + "," + USAGE + "," + TIMINGS + "}");
        Choices pieces = ANSWERS.chat(false, 12);
        ObjectNode first = pieces.piece("H");
        assertThat(first.path("id")).isEqualTo(pieces.piece("i").path("id"));
        assertThat(shown(first)).isEqualTo(choice(chunk, "{\"index\":0,\"delta\":{\"role\":\"assistant\","
                + "\"content\":\"H\"},\"logprobs\":null,\"finish_reason\":null}") + "}");
        assertThat(shown(pieces.piece("i"))).isEqualTo(choice(chunk, "{\"index\":0,\"delta\":{\"content\":\"i\"},"
                + "\"logprobs\":null,\"finish_reason\":null}") + "}");
        assertThat(pieces.end(ANSWER)).singleElement().extracting(AnswersTests::shown).isEqualTo(choice(chunk,
                "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}") + "," + TIMINGS + "}");
    }

    /** If a stream reports its tokens, a last piece without choices has them, and the others have null. */
    @Test
    void tokensOfAStream() {
        Choices pieces = ANSWERS.chat(true, 12);
        assertThat(shown(pieces.piece("H"))).endsWith("\"finish_reason\":null}],\"usage\":null}");
        assertThat(pieces.end(ANSWER)).extracting(AnswersTests::shown).containsExactly(
                choice("chat.completion.chunk", "{\"index\":0,\"delta\":{},\"logprobs\":null,"
                        + "\"finish_reason\":\"stop\"}") + ",\"usage\":null," + TIMINGS + "}",
                choice("chat.completion.chunk", "") + "," + USAGE + "}");
    }

    @Test
    void texts() {
        String text = "text_completion";
        assertThat(shown(ANSWERS.text(true, 12).whole(ANSWER))).isEqualTo(choice(text,
                "{\"index\":0,\"text\":\"Hi!\",\"logprobs\":null,\"finish_reason\":\"stop\"}") + "," + USAGE + ","
                + TIMINGS + "}");
        Choices pieces = ANSWERS.text(false, 12);
        assertThat(shown(pieces.piece("H"))).isEqualTo(choice(text,
                "{\"index\":0,\"text\":\"H\",\"logprobs\":null,\"finish_reason\":null}") + "}");
        assertThat(pieces.end(ANSWER)).singleElement().extracting(AnswersTests::shown).isEqualTo(choice(text,
                "{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"stop\"}") + "," + TIMINGS + "}");
    }

    /** There is no division by a count of 0 tokens. */
    @Test
    void timesOfNoTokens() {
        GeneratedAnswer none = new GeneratedAnswer("", List.of(), Stop.NONE, "", false, 2, 2, 1_000_000, 0);
        assertThat(ANSWERS.chat(false, 1).whole(none).path("timings")).hasToString("{\"cache_n\":2,\"prompt_n\":0,"
                + "\"prompt_ms\":1.0,\"predicted_n\":0,\"predicted_ms\":0.0}");
    }

    @Test
    void modelsAndSlots() {
        assertThat(ANSWERS.models(5))
                .hasToString("{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"object\":\"model\","
                        + "\"created\":5,\"owned_by\":\"rwkv-ms-gate\"}]}");
        assertThat(Answers.moved("saved", "a.bin", 3, "n_written", 99)).hasToString(
                "{\"id_slot\":0,\"filename\":\"a.bin\",\"n_saved\":3,\"n_written\":99}");
    }

    @Test
    void onlyTheFieldsAskedFor() {
        ObjectNode json = Answers.object().put("a", 1).put("b", 2);
        json.putObject("c").put("d", 3);
        assertThat(Answers.only(List.of(), json)).isSameAs(json);
        assertThat(Answers.only(List.of("c/d", "b", "e", "c/x", "a/y", "c/"), json))
                .hasToString("{\"c/d\":3,\"b\":2}");
    }

    @ParameterizedTest
    @CsvSource({"400, invalid_request_error", "404, not_found_error", "413, invalid_request_error",
            "499, invalid_request_error", "500, server_error", "501, server_error", "503, unavailable_error"})
    void errors(int status, String type) {
        assertThat(Answers.error(status, "no")).hasToString(
                "{\"error\":{\"code\":" + status + ",\"message\":\"no\",\"type\":\"" + type + "\"}}");

    }

    @ParameterizedTest
    @CsvSource({"EOS, eos, stop", "WORD, word, stop", "LIMIT, limit, length", "NONE, none, length"})
    void ends(Stop stop, String type, String reason) {
        assertThat(stop.label()).isEqualTo(type);
        assertThat(stop.finishReason()).isEqualTo(reason);
    }
}
