package rwkvms.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

import com.fasterxml.jackson.databind.JsonNode;
import rwkvms.llama.Vocabulary;

/** Reads what a client asks for: the fields of a llama-server, its defaults, each checked. */
final class Requests {
    private static final double MOST_TEMPERATURE = 100;
    private static final double LEAST_PENALTY = 0.01;
    private static final double MOST_PENALTY = 100;
    private static final int USUAL_TOP_K = 40;
    private static final double USUAL_TOP_P = 0.95;
    private static final double USUAL_TEMPERATURE = 0.8;
    private static final long MOST_SEED = 0xFFFF_FFFFL;
    /** Most stop texts: each is looked for behind each token. */
    private static final int MOST_STOPS = 64;
    private static final Set<String> UNSUPPORTED = Set.of("tools", "grammar", "json_schema", "response_format",
            "logit_bias", "logprobs", "n_probs", "image_data", "input_prefix", "input_suffix", "lora");

    private final Vocabulary words;
    private final ChatPrompt chat;

    Requests(Vocabulary words) {
        this.words = words;
        this.chat = ChatPrompt.of(words);
    }

    /** Of {@code /completion}. */
    Generation completion(Fields fields) {
        return generation(fields, prompt(fields.require("prompt", "a text or a list of tokens")),
                fields.whole("n_predict", -1, Integer.MAX_VALUE, -1));
    }

    /** Of {@code /v1/chat/completions}. */
    Generation chat(Fields fields) {
        long most = fields.whole("n_predict", -1, Integer.MAX_VALUE, -1);
        most = fields.whole("max_tokens", -1, Integer.MAX_VALUE, most);
        return generation(fields, chat.tokens(fields),
                fields.whole("max_completion_tokens", -1, Integer.MAX_VALUE, most));
    }

    private static Generation generation(Fields fields, List<Integer> prompt, long most) {
        fields.refuse(UNSUPPORTED);
        fields.whole("n", 1, 1, 1);
        fields.whole("id_slot", -1, 0, -1);
        List<String> stops = fields.texts("stop");
        if (stops.size() > MOST_STOPS) {
            throw RequestException.bad("stop: expected at most " + MOST_STOPS + " texts, found " + stops.size());
        }
        return new Generation(prompt, (int) most, sampling(fields), fields.flag("cache_prompt", true), stops,
                fields.flag("stream", false));
    }

    private static Sampling sampling(Fields fields) {
        long seed = fields.whole("seed", -1, MOST_SEED, -1);
        return new Sampling(fields.number("temperature", 0, MOST_TEMPERATURE, USUAL_TEMPERATURE),
                (int) fields.whole("top_k", Integer.MIN_VALUE, Integer.MAX_VALUE, USUAL_TOP_K),
                fields.number("top_p", 0, 1, USUAL_TOP_P),
                fields.number("repeat_penalty", LEAST_PENALTY, MOST_PENALTY, 1),
                seed < 0 ? ThreadLocalRandom.current().nextLong(MOST_SEED) : seed);
    }

    /** A text, behind the beginning of a sequence, or tokens as they are. */
    private List<Integer> prompt(JsonNode prompt) {
        if (prompt.isTextual()) {
            IntStream text = IntStream.of(words.tokens(prompt.asText(), true));
            return IntStream.concat(words.beginning().stream(), text).boxed().toList();
        }
        if (!prompt.isArray()) {
            throw Fields.wrong("prompt", "a text or a list of tokens", prompt);
        }
        List<Integer> tokens = new ArrayList<>();
        for (int i = 0; i < prompt.size(); i++) {
            if (!prompt.get(i).isInt()) {
                throw Fields.wrong("prompt[" + i + "]", "a token", prompt.get(i));
            }
            tokens.add(prompt.get(i).asInt());
        }
        return tokens;
    }
}
