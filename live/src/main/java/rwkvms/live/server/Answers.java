package rwkvms.live.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers as JSON, in the shapes of a llama-server and of OpenAI's API. */
final class Answers {
    private static final double NANOS_PER_MILLI = 1e6;

    private final String model;

    Answers(String model) {
        this.model = model;
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode error(int status, String message) {
        ObjectNode json = object();
        json.putObject("error").put("code", status).put("message", message).put("type", RequestException.type(status));
        return json;
    }

    ObjectNode models(long created) {
        ObjectNode json = object().put("object", "list");
        json.putArray("data").add(model(created));
        return json;
    }

    ObjectNode model(long created) {
        return object().put("id", model).put("object", "model").put("created", created).put("owned_by",
                "rwkv-ms-gate");
    }

    /** The last or only answer of {@code /completion}. */
    ObjectNode completion(GeneratedAnswer answer, Generation asked, int held) {
        ObjectNode json = object().put("index", 0).put("content", asked.streaming() ? "" : answer.text());
        var tokens = json.putArray("tokens");
        if (!asked.streaming()) {
            answer.tokens().forEach(tokens::add);
        }
        json.put("id_slot", 0).put("stop", true).put("model", model).put("tokens_predicted", answer.tokens().size())
                .put("tokens_evaluated", answer.promptTokens()).put("truncated", answer.truncated())
                .put("stop_type", answer.stop().label()).put("stopping_word", answer.stoppedBy())
                .put("tokens_cached", held);
        json.set("generation_settings", settings(asked.maxTokens(), asked.sampling()));
        json.set("timings", timings(answer));
        return json;
    }

    static ObjectNode settings(int maxTokens, Sampling sampling) {
        Penalties penalties = sampling.penalties();
        return object().put("n_predict", maxTokens).put("max_tokens", maxTokens)
                .put("temperature", sampling.temperature())
                .put("top_k", sampling.topK()).put("top_p", sampling.topP()).put("min_p", sampling.minP())
                .put("repeat_last_n", penalties.last()).put("repeat_penalty", penalties.repeat())
                .put("presence_penalty", penalties.presence()).put("frequency_penalty", penalties.frequency())
                .put("seed", sampling.seed());
    }

    /** A piece of a streamed {@code /completion}. */
    static ObjectNode piece(String text, int token) {
        ObjectNode json = object().put("index", 0).put("content", text);
        json.putArray("tokens").add(token);
        return json.put("stop", false).put("id_slot", 0);
    }

    /** Only the requested fields, each under its path, such as {@code timings/prompt_n}. */
    static ObjectNode only(List<String> paths, ObjectNode json) {
        if (paths.isEmpty()) {
            return json;
        }
        ObjectNode picked = object();
        for (String path : paths) {
            @Nullable
            JsonNode found = json;
            for (String name : path.split("/", -1)) {
                found = found == null ? null : found.get(name);
            }
            if (found != null) {
                picked.set(path, found);
            }
        }
        return picked;
    }

    /** @param usage whether a stream ends with the counts of tokens */
    Choices chat(boolean usage, long created) {
        return new Choices(model, Choices.Kind.CHAT, usage, created);
    }

    Choices text(boolean usage, long created) {
        return new Choices(model, Choices.Kind.TEXT, usage, created);
    }

    static ObjectNode usage(GeneratedAnswer answer) {
        ObjectNode json = object().put("prompt_tokens", answer.promptTokens())
                .put("completion_tokens", answer.tokens().size())
                .put("total_tokens", answer.promptTokens() + answer.tokens().size());
        json.putObject("prompt_tokens_details").put("cached_tokens", answer.reusedTokens());
        return json;
    }

    static ObjectNode timings(GeneratedAnswer answer) {
        int computed = answer.promptTokens() - answer.reusedTokens();
        ObjectNode json = object().put("cache_n", answer.reusedTokens());
        put(json, "prompt", computed, answer.promptNanos());
        put(json, "predicted", answer.tokens().size(), answer.generatingNanos());
        return json;
    }

    private static void put(ObjectNode json, String what, int tokens, long nanos) {
        double millis = nanos / NANOS_PER_MILLI;
        json.put(what + "_n", tokens).put(what + "_ms", millis);
        if (tokens > 0) {
            json.put(what + "_per_token_ms", millis / tokens).put(what + "_per_second", 1000 * tokens / millis);
        }
    }

    static ObjectNode moved(String verb, String filename, int tokens, String bytesName, long bytes) {
        return object().put("id_slot", 0).put("filename", filename).put("n_" + verb, tokens).put(bytesName, bytes);
    }
}
