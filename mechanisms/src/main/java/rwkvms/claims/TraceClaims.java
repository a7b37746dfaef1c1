package rwkvms.claims;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

import com.fasterxml.jackson.databind.JsonNode;

/** Claims about the published trace of a conversation, as far as the trace itself and the manifest decide them. */
final class TraceClaims {
    private static final String TOPIC = "trace";
    /** Root of the number of values, r · r with r = 8, of the one slot that 195 tokens reach: |S|₁ ≤ √64 · |S|₂. */
    private static final double SLOT_ROOT = 8;

    private TraceClaims() {
    }

    static List<Claim> all(PublishedFiles files) throws IOException {
        Optional<JsonNode> trace = files.json(PublishedFiles.TRACE);
        String observed = files.json(PublishedFiles.MEMORY_MANIFEST)
                .map(json -> json.path("adapter_metadata").path("smoke_test").path("observed_response").asText())
                .orElse("");
        return List.of(
                of(trace, "prompt tokens, generated tokens, processed tokens", "160, 37, 195", TraceClaims::tokens),
                of(trace, "state tensors and their values", "12, 1,542", TraceClaims::state),
                of(trace, "every layer's position", "195", TraceClaims::positions),
                of(trace, "norm of the largest state", "2352.09, between sum / 8 and sum", TraceClaims::norm),
                response(trace, observed), PublishedFiles.decided(TOPIC, "runtime reproduces the trace",
                        "exact match", PublishedFiles.TRACE, trace, TraceClaims::reproduced));
    }

    private static Claim of(Optional<JsonNode> trace, String subject, String claimed,
            Function<JsonNode, String> recomputed) {
        return PublishedFiles.decided(TOPIC, subject, claimed, PublishedFiles.TRACE, trace,
                json -> Claim.compared(TOPIC, subject, claimed, recomputed.apply(json), "from the published trace"));
    }

    private static String tokens(JsonNode trace) {
        JsonNode turn = trace.path("result").path("turn_stats");
        JsonNode session = trace.path("session");
        int ids = session.path("processed_input_ids").size();
        String processed = ids == session.path("processed_token_count").intValue() ? String.valueOf(ids) : "unequal";
        return turn.path("prompt_ingest").path("full_tokens") + ", " + turn.path("decode").path("generated_tokens")
                + ", " + processed;
    }

    private static String state(JsonNode trace) {
        JsonNode tensors = tensors(trace);
        long values = tensors.valueStream().mapToLong(tensor -> tensor.path("shape").valueStream()
                .mapToLong(JsonNode::longValue).reduce(1, Math::multiplyExact)).sum();
        return tensors.size() + ", " + ParameterClaims.grouped(values);
    }

    private static String positions(JsonNode trace) {
        List<Long> positions = tensors(trace).valueStream()
                .filter(tensor -> tensor.path("name").asText().endsWith("positions"))
                .map(tensor -> Math.round(tensor.path("sum_abs").doubleValue())).distinct().toList();
        return positions.size() == 1 ? positions.getFirst().toString() : positions.toString();
    }

    private static String norm(JsonNode trace) {
        double norm = trace.path("result").path("state_stats").path("max_state_norm").doubleValue();
        double sum = tensors(trace).path(0).path("sum_abs").doubleValue();
        String between = sum / SLOT_ROOT <= norm && norm <= sum
                ? "between sum / 8 and sum"
                : "not possible with sum " + sum;
        return String.format(Locale.ROOT, "%.2f, %s", norm, between);
    }

    private static JsonNode tensors(JsonNode trace) {
        return trace.path("session").path("delta_state_summary").path("tensors");
    }

    private static Claim response(Optional<JsonNode> trace, String observed) {
        String subject = "response of the smoke test";
        String claimed = "[ACTION] get_customer_by_phone(phone_number=\"555-123-2002\") [/ACTION]";
        return PublishedFiles.decided(TOPIC, subject, claimed, PublishedFiles.TRACE, trace, json -> {
            String shown = json.path("result").path("assistant_display").asText();
            return Claim.compared(TOPIC, subject, claimed, shown.replace('\n', ' '),
                    shown.equals(observed) ? "the metadata of the checkpoint has the same" : "as the trace has it");
        });
    }

    private static Claim reproduced(JsonNode trace) {
        JsonNode generation = trace.path("generation");
        return new Claim(TOPIC, "runtime reproduces the trace", "exact match",
                "do_sample " + generation.path("do_sample") + ", temperature " + generation.path("temperature"),
                ClaimResult.IMPRECISE,
                "the trace was decoded greedily, and the published check asks the server to sample at temperature 1.0,"
                        + " without top-k and without a seed: a match says that the distribution is peaked. An exact"
                        + " check needs temperature 0. The match itself needs the model");
    }
}
