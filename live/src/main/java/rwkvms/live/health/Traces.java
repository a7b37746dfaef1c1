package rwkvms.live.health;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/** Records a greedy answer of a server as a {@link Trace}, and compares an answer with a trace. */
public final class Traces {
    private static final double NANOS_PER_MILLI = 1e6;

    private Traces() {
    }

    /**
     * An answer compared with a trace.
     *
     * @param difference the first difference; empty if there is none
     */
    public record Comparison(String answer, String difference) {
        public boolean same() {
            return difference.isEmpty();
        }
    }

    /** The name of the model: the given one, or else the first that the server lists. */
    public static String model(ServerClient client, Optional<String> given) {
        return given.orElseGet(() -> client.get("/models").field("data").path(0).path("id").asText(""));
    }

    /** Asks the trace's prompt greedily, and compares the answer. */
    public static Comparison compare(ServerClient client, String model, Trace trace) {
        String said = client.post("/chat/completions", RequestBodies.chat(model, trace.prompt(), trace.maxTokens()))
                .said()
                .text();
        return new Comparison(said, Trace.difference(trace.answer(), said));
    }

    /** Asks a prompt greedily, and returns the answer as the JSON of a trace, with its origin. */
    public static ObjectNode record(ServerClient client, String model, String prompt, int maxTokens, Instant time) {
        long begin = System.nanoTime();
        String said = client.post("/chat/completions", RequestBodies.chat(model, prompt, maxTokens)).said().text();
        if (said.isBlank()) {
            throw new ServerException("POST /chat/completions: expected some text to record, found none");
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("schema", Trace.SCHEMA)
                .put("created_at", time.toString()).put("elapsed_ms", (System.nanoTime() - begin) / NANOS_PER_MILLI);
        json.putObject("source").put("base_url", client.base()).put("model", model);
        RequestBodies.greedy(json.putObject("generation").put("prompt", prompt).put("max_new_tokens", maxTokens)
                .put("do_sample", false).putNull("sample_seed"), RequestBodies.SEED);
        json.putObject("result").put("user", prompt).put("assistant", said).put("assistant_display", said.strip());
        return json;
    }
}
