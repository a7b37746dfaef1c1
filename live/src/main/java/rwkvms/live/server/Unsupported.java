package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The fields that this server knows but does not support, with the values by which they ask for nothing. It takes such
 * a value, and null, and refuses any other, because the answer would not be what the client asked for.
 */
final class Unsupported {
    private static final List<Kind> KINDS = List.of(
            // Empty lists and objects.
            new Kind(found -> found.isContainerNode() && found.isEmpty(), "tools", "functions", "logit_bias",
                    "image_data",
                    "input_extra", "lora", "grammar_triggers", "preserved_tokens", "stop_token_ids", "bad_words",
                    "chat_template_kwargs", "options"),
            // Empty texts.
            new Kind(found -> found.isTextual() && found.asText().isEmpty(), "grammar", "suffix", "input_prefix",
                    "input_suffix", "chat_template", "guided_grammar", "guided_regex", "guided_decoding_backend",
                    "reasoning_budget_message"),
            new Kind(found -> found.isBoolean() && !found.asBoolean(), "ignore_eos", "echo", "store", "grammar_lazy",
                    "return_progress", "timings_per_token", "verbose", "continue_final_message", "use_beam_search",
                    "enable_thinking", "reasoning_control", "background"),
            // Counts, and probabilities that a flag may ask for.
            new Kind(found -> zero(found) || (found.isBoolean() && !found.asBoolean()), "logprobs", "top_logprobs",
                    "n_probs",
                    "prompt_logprobs"),
            new Kind(Unsupported::zero, "mirostat", "dry_multiplier", "xtc_probability", "n_indent", "n_cache_reuse",
                    "top_a", "min_tokens", "truncate_prompt_tokens"),
            // Switched off by 0 and less.
            new Kind(found -> found.isNumber() && found.asDouble() <= 0, "top_n_sigma", "dynatemp_range",
                    "t_max_predict_ms", "t_max_prompt_ms", "reasoning_budget_tokens", "thinking_budget_tokens"),
            // Switched off by less than 0.
            new Kind(found -> found.isNumber() && found.asDouble() < 0, "adaptive_target"),
            // Switched off by 1.
            new Kind(found -> found.isNumber() && found.asDouble() == 1, "typical_p", "typical", "tfs_z",
                    "repetition_penalty",
                    "length_penalty", "best_of", "n_cmpl"),
            // At least one token is always left to choose.
            new Kind(found -> found.isNumber() && found.asDouble() <= 1, "min_keep"),
            // Without tools there is nothing to choose.
            new Kind(found -> List.of("none", "auto").contains(found.asText()), "tool_choice", "function_call"),
            new Kind(found -> found.asText().equals("none"), "reasoning_effort"),
            new Kind(found -> found.isObject() && (found.isEmpty() || found.path("type").asText().equals("text")),
                    "response_format"),
            new Kind(found -> found.size() == 1 && found.path(0).asText().equals("text"), "modalities"),
            new Kind(found -> found.asText().equals("medium"), "verbosity"),
            new Kind(found -> found.isBoolean() && found.asBoolean(), "add_generation_prompt"),
            // The chain of this server, without the samplers that are switched off.
            new Kind(found -> found.asText().equals("edskypmxt") || found.toString().equals("[\"penalties\",\"dry\","
                    + "\"top_n_sigma\",\"top_k\",\"typ_p\",\"top_p\",\"min_p\",\"xtc\",\"temperature\"]"), "samplers"),
            // Even an empty one asks for something: any JSON.
            new Kind(found -> false, "json_schema", "guided_json", "guided_choice", "structured_outputs", "audio",
                    "format",
                    "thinking", "reasoning", "web_search_options", "num_predict", "num_ctx", "max_new_tokens"));
    /** Pairs of a list and the field that makes it ask for nothing if it is "none". */
    private static final List<List<String>> CHOSEN = List.of(List.of("tools", "tool_choice"),
            List.of("functions", "function_call"));

    /** Fields that ask for nothing with the same values. */
    private record Kind(Predicate<JsonNode> asksForNothing, List<String> names) {
        Kind(Predicate<JsonNode> asksForNothing, String... names) {
            this(asksForNothing, List.of(names));
        }
    }

    private Unsupported() {
    }

    private static boolean zero(JsonNode found) {
        return found.isNumber() && found.asDouble() == 0;
    }

    /** Names of all these fields. */
    static Set<String> all() {
        return KINDS.stream().flatMap(kind -> kind.names.stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** Refuses the first field that asks for something. */
    static void refuse(Fields fields) {
        for (Kind kind : KINDS) {
            for (String name : kind.names) {
                Optional<JsonNode> found = fields.find(name);
                if (found.isPresent() && !kind.asksForNothing.test(found.get()) && !unchosen(name, fields)) {
                    throw RequestException.bad(name + ": expected it to be absent, for this server does not support "
                            + "it, found " + Fields.kind(found.get()));
                }
            }
        }
    }

    private static boolean unchosen(String name, Fields fields) {
        return CHOSEN.stream().anyMatch(pair -> pair.getFirst().equals(name)
                && fields.find(pair.getLast()).filter(choice -> choice.asText().equals("none")).isPresent());
    }
}
