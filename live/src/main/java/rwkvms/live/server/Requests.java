package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import rwkvms.llama.Vocabulary;

/** Reads requests for answers: the fields of a llama-server with its defaults, each checked. */
final class Requests {
    private static final double MAX_TEMPERATURE = 100;
    private static final double MIN_PENALTY = 0.01;
    private static final double MAX_PENALTY = 100;
    private static final int USUAL_TOP_K = 40;
    private static final double USUAL_TOP_P = 0.95;
    private static final double USUAL_TEMPERATURE = 0.8;
    private static final double USUAL_MIN_P = 0.05;
    private static final long SEEDS = 1L << 32;
    /** The maximum number of stop texts: each is searched for after each token. */
    private static final int MAX_STOPS = 64;
    /** The names of one field; the first that is present counts, as in a llama-server. */
    private static final List<String> LENGTHS = List.of("n_predict", "max_completion_tokens", "max_tokens");
    private static final Set<String> OBEYED = Set.of("prompt", "messages", "n", "id_slot", "stop", "cache_prompt",
            "stream", "stream_options", "response_fields", "seed", "temperature", "top_k", "top_p", "min_p",
            "repeat_penalty", "repeat_last_n", "frequency_penalty", "presence_penalty");
    /** Fields that do not concern the answer, and settings of samplers that are switched off. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("model", "user", "metadata", "safety_identifier",
            "prompt_cache_key", "prompt_cache_retention", "service_tier", "parallel_tool_calls", "prediction",
            "return_tokens", "post_sampling_probs", "n_keep", "n_discard", "sse_ping_interval", "backend_sampling",
            "mirostat_tau", "mirostat_eta", "dry_base", "dry_allowed_length", "dry_penalty_last_n",
            "dry_sequence_breakers", "xtc_threshold", "dynatemp_exponent", "adaptive_decay", "reasoning_format",
            "parse_tool_calls");
    private static final Set<String> KNOWN = Stream
            .of(LENGTHS.stream(), OBEYED.stream(), WITHOUT_EFFECT.stream(), Unsupported.all().stream())
            .flatMap(names -> names).collect(Collectors.toUnmodifiableSet());

    private final Vocabulary words;
    private final ChatPrompt chat;

    Requests(Vocabulary words) {
        this.words = words;
        this.chat = ChatPrompt.of(words);
    }

    /** The names of unknown fields; this server ignores them, as a llama-server does. */
    static List<String> unknown(Fields fields) {
        return fields.others(KNOWN);
    }

    /** Reads a request to {@code /completion}. */
    Generation completion(Fields fields) {
        return generation(fields, prompt(fields.require("prompt", "a text or a list of tokens")));
    }

    /** Reads a request to {@code /v1/completions}, whose one prompt may be in a list. */
    Generation textCompletion(Fields fields) {
        JsonNode prompt = fields.require("prompt", "a text or a list of tokens");
        boolean listed = prompt.isArray() && !prompt.isEmpty() && !prompt.get(0).isNumber();
        if (listed && prompt.size() > 1) {
            throw RequestException.bad("prompt: expected one prompt, found a list of " + prompt.size());
        }
        return generation(fields, prompt(listed ? prompt.get(0) : prompt));
    }

    /** Reads a request to {@code /v1/chat/completions}. */
    Generation chat(Fields fields) {
        return generation(fields, chat.tokens(fields));
    }

    /** The tokens of a chat's prompt. */
    List<Integer> template(Fields fields) {
        return chat.tokens(fields);
    }

    /** The default sampling, with a random seed. */
    static Sampling usual() {
        return sampling(new Fields(Answers.object()));
    }

    private static int maxTokens(Fields fields) {
        long maxTokens = -1;
        for (String name : LENGTHS.reversed()) {
            maxTokens = fields.whole(name, -1, Integer.MAX_VALUE, maxTokens);
        }
        return (int) maxTokens;
    }

    private static Generation generation(Fields fields, List<Integer> prompt) {
        Unsupported.refuse(fields);
        fields.whole("n", 1, 1, 1);
        fields.whole("id_slot", -1, 0, -1);
        List<String> stops = fields.texts("stop");
        if (stops.size() > MAX_STOPS) {
            throw RequestException.bad("stop: expected at most " + MAX_STOPS + " texts, found " + stops.size());
        }
        return new Generation(prompt, maxTokens(fields), sampling(fields), fields.flag("cache_prompt", true), stops,
                fields.flag("stream", false));
    }

    private static Sampling sampling(Fields fields) {
        long seed = fields.bits("seed", -1);
        return new Sampling(fields.number("temperature", 0, MAX_TEMPERATURE, USUAL_TEMPERATURE),
                (int) fields.whole("top_k", Integer.MIN_VALUE, Integer.MAX_VALUE, USUAL_TOP_K),
                fields.number("top_p", 0, 1, USUAL_TOP_P), fields.number("min_p", 0, 1, USUAL_MIN_P),
                penalties(fields), seed == -1 ? ThreadLocalRandom.current().nextLong(SEEDS) : seed);
    }

    private static Penalties penalties(Fields fields) {
        return new Penalties((int) fields.whole("repeat_last_n", -1, Integer.MAX_VALUE, Penalties.USUAL_LAST),
                fields.number("repeat_penalty", MIN_PENALTY, MAX_PENALTY, 1),
                fields.number("frequency_penalty", -MAX_PENALTY, MAX_PENALTY, 0),
                fields.number("presence_penalty", -MAX_PENALTY, MAX_PENALTY, 0));
    }

    /** The tokens of a prompt: a text after the beginning of a sequence, or tokens as they are. */
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
