package rwkvms.live.server;

import java.util.concurrent.atomic.LongAdder;

/** Counts since the start, in Prometheus' text format. A count that a llama-server has too has the same name. */
final class Metrics {
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder reusedTokens = new LongAdder();
    private final LongAdder promptNanos = new LongAdder();
    private final LongAdder generatedTokens = new LongAdder();
    private final LongAdder generatingNanos = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder hungUp = new LongAdder();

    void answered(GeneratedAnswer answer) {
        promptTokens.add(answer.promptTokens() - answer.reusedTokens());
        reusedTokens.add(answer.reusedTokens());
        promptNanos.add(answer.promptNanos());
        generatedTokens.add(answer.tokens().size());
        generatingNanos.add(answer.generatingNanos());
    }

    void request() {
        requests.increment();
    }

    void refusal() {
        refused.increment();
    }

    void hangUp() {
        hungUp.increment();
    }

    /** @param held tokens that the slot holds */
    String text(Turns turns, int held) {
        StringBuilder text = new StringBuilder();
        counter(text, "llamacpp:prompt_tokens_total", "Prompt tokens computed.", promptTokens.sum());
        counter(text, "llamacpp:prompt_seconds_total", "Time of prompts.", promptNanos.sum() / 1e9);
        counter(text, "llamacpp:tokens_predicted_total", "Tokens generated.", generatedTokens.sum());
        counter(text, "llamacpp:tokens_predicted_seconds_total", "Time of generating.", generatingNanos.sum() / 1e9);
        gauge(text, "llamacpp:requests_processing", "Requests that have the slot.", turns.taken() ? 1 : 0);
        gauge(text, "llamacpp:requests_deferred", "Requests that wait.", turns.waiting());
        counter(text, "rwkv_ms:prompt_tokens_reused_total", "Prompt tokens that the slot held.", reusedTokens.sum());
        counter(text, "rwkv_ms:requests_total", "Requests.", requests.sum());
        counter(text, "rwkv_ms:requests_refused_total", "Requests answered with an error.", refused.sum());
        counter(text, "rwkv_ms:clients_hung_up_total", "Clients that did not wait.", hungUp.sum());
        gauge(text, "rwkv_ms:slot_tokens", "Tokens that the slot holds.", held);
        return text.toString();
    }

    private static void counter(StringBuilder text, String name, String help, Number value) {
        metric(text, name, help, "counter", value);
    }

    private static void gauge(StringBuilder text, String name, String help, Number value) {
        metric(text, name, help, "gauge", value);
    }

    private static void metric(StringBuilder text, String name, String help, String type, Number value) {
        text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ')
                .append(type).append('\n').append(name).append(' ').append(value).append('\n');
    }
}
