package rwkvms.live.health;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Bodies of requests. Greedy for every server: temperature 0, only the most probable token, and a fixed seed. */
final class RequestBodies {
    static final int SEED = 123;

    private RequestBodies() {
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode greedy(ObjectNode body, int seed) {
        return body.put("temperature", 0).put("top_k", 1).put("seed", seed);
    }

    static ObjectNode chat(String model, String prompt, int maxTokens) {
        ObjectNode body = object().put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return greedy(body.put("max_tokens", maxTokens), SEED);
    }

    static ObjectNode completion(String prompt, int maxTokens, int seed) {
        return greedy(object().put("prompt", prompt).put("n_predict", maxTokens), seed);
    }

    /** A completion that may continue what the slot holds; its answer says how much was computed. */
    static ObjectNode continuing(String prompt, int maxTokens) {
        ObjectNode body = completion(prompt, maxTokens, SEED).put("cache_prompt", true);
        body.putArray("response_fields").add("content").add("tokens_cached").add(HealthCheck.PROMPT_N);
        return body;
    }

    static ObjectNode file(String name) {
        return object().put("filename", name);
    }
}
