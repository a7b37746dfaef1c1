package rwkvms.live.health;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.report.Outcome;

/** Asks a server the prompts of a suite, one after the other, and judges the answers that have expectations. */
public final class PromptRun {
    private static final double NANOS_PER_MILLI = 1e6;
    /** The finish_reason of an answer that reached the limit of tokens. */
    private static final String CUT = "length";

    private final ServerClient client;
    private final String model;
    private final String id;
    private final Settings settings;

    /**
     * How the server is to choose its tokens.
     *
     * @param seed sent if it is not negative
     */
    public record Settings(int maxTokens, double temperature, double topP, int topK, double repeatPenalty, int seed) {
        /** Greedy settings: an answer can be judged only if it does not change by chance. */
        public static final Settings GREEDY = new Settings(256, 0, 1, 1, 1, RequestBodies.SEED);
    }

    /**
     * A prompt's result.
     *
     * @param outcome not evaluated if nothing is expected
     * @param row     the whole of it as JSON, with the fields of the fork's own tool
     * @param answered whether the server answered at all
     */
    public record Row(String id, Outcome outcome, ObjectNode row, boolean answered) {
    }

    /** @param id of the run */
    public PromptRun(ServerClient client, String model, String id, Settings settings) {
        this.client = client;
        this.model = model;
        this.id = id;
        this.settings = settings;
    }

    /** Asks one prompt; the row says if the server did not answer. */
    public Row ask(PromptSuite.Prompt prompt) {
        ObjectNode request = request(prompt.messages());
        ObjectNode row = JsonNodeFactory.instance.objectNode().put("run_id", id)
                .put("timestamp", Instant.now().toString()).put("input_id", prompt.id())
                .put("backend", "llama.cpp_openai_compatible").put("base_url", client.base()).put("model", model);
        row.set("request", request);
        long begin = System.nanoTime();
        try {
            Reply reply = client.post("/chat/completions", request);
            ChatAnswer said = reply.said();
            JsonNode answer = reply.json();
            row.put("latency_ms", (System.nanoTime() - begin) / NANOS_PER_MILLI);
            row.put("response_text", said.content()).put("reasoning_content", said.reasoning())
                    .put("finish_reason", said.finish());
            row.set("usage", answer.path("usage"));
            row.set("raw_response", answer);
            return judged(prompt, said, row);
        } catch (ServerException e) {
            row.put("error", e.getMessage());
            return new Row(prompt.id(), new Outcome.Failed(String.valueOf(e.getMessage())), row, false);
        }
    }

    private static Row judged(PromptSuite.Prompt prompt, ChatAnswer said, ObjectNode row) {
        Optional<List<String>> problems = prompt.expect().map(expect -> problems(expect, said));
        problems.ifPresent(all -> all.forEach(row.putArray("problems")::add));
        Outcome outcome = problems.map(Outcome::of)
                .orElseGet(() -> new Outcome.NotEvaluated("nothing is expected of the answer"));
        return new Row(prompt.id(), outcome, row, true);
    }

    /**
     * The problems of the answer without its reasoning: an assistant that was cut off while it was thinking gave no
     * answer.
     */
    private static List<String> problems(Expectations expect, ChatAnswer said) {
        List<String> problems = new ArrayList<>(expect.problems(said.content()));
        if (!problems.isEmpty() && said.content().isBlank() && !said.reasoning().isBlank()) {
            problems.add("there is reasoning and no answer: " + Reply.shown(said.reasoning()));
        }
        if (!problems.isEmpty() && said.finish().equals(CUT)) {
            problems.add("the answer was cut: finish_reason " + CUT);
        }
        return problems;
    }

    private ObjectNode request(JsonNode messages) {
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("model", model);
        request.set("messages", messages);
        request.put("max_tokens", settings.maxTokens).put("temperature", settings.temperature)
                .put("top_p", settings.topP)
                .put("top_k", settings.topK).put("repeat_penalty", settings.repeatPenalty);
        return settings.seed < 0 ? request : request.put("seed", settings.seed);
    }
}
