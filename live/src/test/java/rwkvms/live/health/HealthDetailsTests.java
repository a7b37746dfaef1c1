package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import rwkvms.live.health.HealthCheck.Report;
import rwkvms.report.Entry;
import rwkvms.report.EntryDetails;
import rwkvms.report.Outcome.Failed;
import rwkvms.report.Outcome.NotEvaluated;
import rwkvms.report.Outcome.Passed;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict.State;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** A health check as JSON, and when it is a good one. */
final class HealthDetailsTests {
    private static final HealthSettings SETTINGS = new HealthSettings(URI.create("http://h/v1"), Optional.empty(),
            Optional.empty(),
            Optional.empty(), Optional.of(Path.of("/m/../base.gguf")), Optional.of(Path.of("/s.gguf")),
            Path.of("/server.log"), Optional.empty(), Duration.ofSeconds(1), Duration.ofSeconds(9), 3);
    private static final TimedEntry PASSED = new TimedEntry(new Entry("alive", new Passed(),
            List.of("models 1", "model a"), "", "", EntryDetails.NONE), Duration.ofMillis(1250));
    private static final TimedEntry FAILED = new TimedEntry(new Entry("chat", new Failed("said nothing")),
            Duration.ZERO);
    private static final TimedEntry MISSED = new TimedEntry(
            new Entry("trace", new NotEvaluated("not given: --trace")), Duration.ofMillis(3));

    private static Verdict verdict(TimedEntry... entries) {
        return new HealthDetails(SETTINGS, new Report("run", "http://h/v1", "http://h", "a", List.of(entries)),
                Instant.EPOCH).verdict(new Provenance(new TreeMap<>()), "gate health");
    }

    @Test
    void everyKindOfFinding() {
        assertThat(VerdictJson.of(verdict(PASSED, FAILED, MISSED), true).toPrettyString())
                .isEqualToIgnoringNewLines("""
                        {
                          "ok" : false,
                          "errors" : [ "chat: said nothing" ],
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
                          "not_evaluated" : [ "trace: not given: --trace" ],
                          "passed" : 1,
                          "evaluated" : 2,
                          "provenance" : { },
                          "reproduce" : "gate health",
                          "suite" : "gate health",
                          "verdict_version" : 1
                        }""");
    }

    @Test
    void goodIsWhatWasLookedAtAndDidNotFail() {
        assertThat(verdict(PASSED, MISSED).state()).isEqualTo(State.PASSED);
        assertThat(verdict(PASSED, FAILED).state()).isEqualTo(State.FAILED);
        assertThat(verdict(MISSED).state()).isEqualTo(State.NOT_JUDGED);
        assertThat(verdict().state()).isEqualTo(State.NOT_JUDGED);
    }
}
