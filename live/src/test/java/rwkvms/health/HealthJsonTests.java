package rwkvms.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import rwkvms.health.Finding.Failed;
import rwkvms.health.Finding.NotEvaluated;
import rwkvms.health.Finding.Passed;
import rwkvms.health.HealthCheck.Report;

/** A health check as JSON, and when it is a good one. */
final class HealthJsonTests {
    private static final HealthSettings SETTINGS = new HealthSettings(URI.create("http://h/v1"), Optional.empty(),
            Optional.empty(), Optional.of(Path.of("/m/../base.gguf")), Optional.of(Path.of("/s.gguf")),
            Path.of("/server.log"), Optional.empty(), Duration.ofSeconds(1), Duration.ofSeconds(9), 3);
    private static final Finding PASSED = new Finding("alive", new Passed(), List.of("models 1", "model a"),
            Duration.ofMillis(1250));
    private static final Finding FAILED = new Finding("chat", new Failed("said nothing"), List.of(), Duration.ZERO);
    private static final Finding MISSED = new Finding("trace", new NotEvaluated("not given: --trace"), List.of(),
            Duration.ofMillis(3));

    private static Report report(Finding... findings) {
        return new Report("run", "http://h/v1", "http://h", "a", List.of(findings));
    }

    @Test
    void everyKindOfFinding() {
        assertThat(HealthJson.of(SETTINGS, report(PASSED, FAILED, MISSED), Instant.EPOCH).toPrettyString())
                .isEqualToIgnoringNewLines("""
                        {
                          "ok" : false,
                          "run_id" : "run",
                          "timestamp" : "1970-01-01T00:00:00Z",
                          "base_url" : "http://h/v1",
                          "root_url" : "http://h",
                          "model" : "a",
                          "base_gguf" : "/base.gguf",
                          "sidecar" : "/s.gguf",
                          "trace" : null,
                          "server_log" : "/server.log",
                          "checks" : {
                            "alive" : {
                              "seconds" : 1.25,
                              "ok" : true,
                              "facts" : [ "models 1", "model a" ]
                            },
                            "chat" : {
                              "seconds" : 0.0,
                              "ok" : false,
                              "error" : "said nothing",
                              "facts" : [ ]
                            },
                            "trace" : {
                              "seconds" : 0.003,
                              "ok" : null,
                              "not_evaluated" : "not given: --trace",
                              "facts" : [ ]
                            }
                          },
                          "errors" : [ "chat: said nothing" ],
                          "not_evaluated" : [ "trace: not given: --trace" ],
                          "passed" : 1,
                          "evaluated" : 2
                        }""");
    }

    @Test
    void goodIsWhatWasLookedAtAndDidNotFail() {
        assertThat(report(PASSED, MISSED).ok()).isTrue();
        assertThat(report(PASSED, FAILED).ok()).isFalse();
        assertThat(report(MISSED).ok()).isFalse();
        assertThat(report().ok()).isFalse();
        assertThat(HealthJson.of(SETTINGS, report(PASSED), Instant.EPOCH).path("ok").asBoolean()).isTrue();
    }
}
