package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import rwkvms.live.server.GeneratedAnswer.Stop;

/** Counts of the server, as Prometheus reads them. */
final class MetricsTests {
    private static GeneratedAnswer answer(int reused, List<Integer> tokens) {
        return new GeneratedAnswer("", tokens, Stop.LIMIT, "", false, 5, reused, 1_500_000_000L, 250_000_000L);
    }

    @Test
    void everyCount() {
        Metrics metrics = new Metrics();
        metrics.answered(answer(2, List.of(7, 8)));
        metrics.answered(answer(0, List.of(7)));
        for (int i = 0; i < 4; i++) {
            metrics.request();
        }
        metrics.refusal();
        metrics.hangUp();
        metrics.hangUp();
        Turns turns = new Turns();
        String busy = turns.take(() -> metrics.text(turns, 9));
        assertThat(busy).isEqualTo("""
                # HELP llamacpp:prompt_tokens_total Prompt tokens computed.
                # TYPE llamacpp:prompt_tokens_total counter
                llamacpp:prompt_tokens_total 8
                # HELP llamacpp:prompt_seconds_total Time of prompts.
                # TYPE llamacpp:prompt_seconds_total counter
                llamacpp:prompt_seconds_total 3.0
                # HELP llamacpp:tokens_predicted_total Tokens generated.
                # TYPE llamacpp:tokens_predicted_total counter
                llamacpp:tokens_predicted_total 3
                # HELP llamacpp:tokens_predicted_seconds_total Time of generating.
                # TYPE llamacpp:tokens_predicted_seconds_total counter
                llamacpp:tokens_predicted_seconds_total 0.5
                # HELP llamacpp:requests_processing Requests that have the slot.
                # TYPE llamacpp:requests_processing gauge
                llamacpp:requests_processing 1
                # HELP llamacpp:requests_deferred Requests that wait.
                # TYPE llamacpp:requests_deferred gauge
                llamacpp:requests_deferred 0
                # HELP rwkv_ms:prompt_tokens_reused_total Prompt tokens that the slot held.
                # TYPE rwkv_ms:prompt_tokens_reused_total counter
                rwkv_ms:prompt_tokens_reused_total 2
                # HELP rwkv_ms:requests_total Requests.
                # TYPE rwkv_ms:requests_total counter
                rwkv_ms:requests_total 4
                # HELP rwkv_ms:requests_refused_total Requests answered with an error.
                # TYPE rwkv_ms:requests_refused_total counter
                rwkv_ms:requests_refused_total 1
                # HELP rwkv_ms:clients_hung_up_total Clients that did not wait.
                # TYPE rwkv_ms:clients_hung_up_total counter
                rwkv_ms:clients_hung_up_total 2
                # HELP rwkv_ms:slot_tokens Tokens that the slot holds.
                # TYPE rwkv_ms:slot_tokens gauge
                rwkv_ms:slot_tokens 9
                """);
        assertThat(metrics.text(turns, 9)).contains("\nllamacpp:requests_processing 0\n");
    }
}
