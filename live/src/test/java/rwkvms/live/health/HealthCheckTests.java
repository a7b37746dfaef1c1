package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.live.health.FakeServer.Then;
import rwkvms.live.health.HealthCheck.Report;
import rwkvms.live.server.TinyServer;
import rwkvms.report.Entry;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** The health check against our own server on the tiny model, and against servers of another kind. */
final class HealthCheckTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void ourOwnServerPassesEveryCheck() throws Exception {
        try (TinyServer server = TinyServer.start()) {
            Path trace = folder.resolve("trace.json");
            String said = server.post("/v1/chat/completions",
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"Name a colour.\"}],\"max_tokens\":9,"
                            + "\"temperature\":0}")
                    .json().at("/choices/0/message/content").asText();
            Files.writeString(trace, trace("Name a colour.", 9, said));
            HealthSettings settings = settings(server, Optional.of(trace)).on("CPU");

            Report report = HealthCheck.run(settings);

            assertThat(reasons(report)).isEmpty();
            assertThat(report.entries()).hasSize(15);
            Verdict verdict = new HealthDetails(settings, report, Instant.EPOCH).verdict(Provenance.ofThisMachine(),
                    "");
            assertThat(verdict.ok()).isTrue();
            JsonNode json = VerdictJson.of(verdict, true);
            assertThat(json.path("passed").asInt()).isEqualTo(15);
            assertThat(json.at("/checks/device/facts/0").asText()).isEqualTo("device CPU");
            assertThat(json.path("timestamp").asText()).isEqualTo("1970-01-01T00:00:00Z");
            assertThat(json.at("/checks/slot_save_restore/ok").asBoolean()).isTrue();
            assertThat(server.slots()).isEmptyDirectory();
        }
    }

    @Test
    void anotherAnswerThanTheTracesIsADifference() throws Exception {
        try (TinyServer server = TinyServer.start()) {
            Path trace = Files.writeString(folder.resolve("trace.json"), trace("Name a colour.", 9, "\u00e9blue"));
            HealthSettings settings = settings(server, Optional.of(trace));
            Files.writeString(folder.resolve("empty.log"), "");

            Report report = HealthCheck
                    .run(new HealthSettings(settings.baseUrl(), Optional.empty(), Optional.of("other"),
                            settings.trace(), settings.sidecar(), settings.base(), folder.resolve("empty.log"),
                            Optional.empty(), settings.timeout(), settings.limit(), 1));

            assertThat(report.entries()).anyMatch(timed -> timed.entry().failed());
            Map<String, String> reasons = reasons(report);
            assertThat(reasons).containsOnlyKeys("base_hash_binding", "model_list", "reference_trace",
                    "slot_save_restore", "slot_corruption", "server_log");
            assertThat(reasons.get("base_hash_binding"))
                    .endsWith("expected a text delta_mem.base_gguf_sha256, found none");
            assertThat(reasons).containsEntry("model_list", "GET /models: expected a model other, found [tiny]")
                    .containsEntry("slot_save_restore", "not given: --slot-save-path");
            assertThat(reasons.get("reference_trace"))
                    .startsWith("answer to the trace's prompt: character 0: expected \"\u00e9blue\", found \"");
            assertThat(reasons.get("server_log")).startsWith(folder.resolve("empty.log")
                    + ": expected, found none of: [rwkv_ms_active \"RWKV-MS runtime is active\", ")
                    .endsWith("transactional_restore_rollback \"rolled context state back\" since the check began]");
        }
    }

    /** There is always a verdict, and it is never good. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            garbage            | \0\1\2 no HTTP at all | CLOSE  | expected an answer, found
            silence            | ''                    | STALL  | expected an answer within 0.1 s, found none
            hangs up           | ''                    | CLOSE  | expected an answer, found
            half a head        | HTTP/1.1 200 OK       | STALL  | expected an answer within 0.1 s, found none
            half a body        | HTTP/1.1 200 OK%nContent-Length: 9999%n%n{ | STALL | expected an answer within 0.1 s, found
            endless body       | HTTP/1.1 200 OK%n%nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx | REPEAT | expected an answer
            no JSON            | HTTP/1.1 200 OK%nContent-Length: 4%n%noops | CLOSE | expected a JSON object, found oops
            another JSON       | HTTP/1.1 200 OK%nContent-Length: 2%n%n[] | CLOSE | expected a JSON object, found []
            empty object       | HTTP/1.1 200 OK%nContent-Length: 2%n%n{} | CLOSE | expected
            server error       | HTTP/1.1 500 X%nContent-Length: 4%n%noops | CLOSE | expected HTTP 2xx, found 500: oops
            elsewhere          | HTTP/1.1 302 X%nLocation: /%nContent-Length: 0%n%n | CLOSE | expected HTTP 2xx, found 302: nothing
            """)
    @Timeout(120)
    void serverThatIsNoneFailsEveryCheck(String name, String answer, Then then, String reason) throws Exception {
        Path log = Files.writeString(folder.resolve("a.log"), "");
        try (FakeServer server = FakeServer.answering(answer.replace("%n", "\r\n"), then)) {
            Report report = HealthCheck.run(new HealthSettings(server.baseUrl(), Optional.empty(), Optional.empty(),
                    Optional.empty(),
                    Optional.empty(), Optional.empty(), log, Optional.of(folder),
                    then == Then.CLOSE ? Duration.ofSeconds(60) : Duration.ofMillis(100), Duration.ofSeconds(90), 2));

            assertThat(report.entries()).anyMatch(timed -> timed.entry().failed());
            Map<String, String> reasons = reasons(report);
            assertThat(reasons).containsKeys("model_list", "chat_smoke", "chat_stream", "slot_save_restore",
                    "slot_corruption", "slot_names", "concurrent_clients", "client_hangs_up", "server_log");
            assertThat(reasons.get("chat_smoke")).contains(reason);
        }
    }

    /** A check that takes too long as a whole is stopped. */
    @Test
    @Timeout(120)
    void wholeRunHasALimit() throws Exception {
        Path log = Files.writeString(folder.resolve("a.log"), "");
        try (FakeServer server = FakeServer.answering("", Then.STALL)) {
            Report report = HealthCheck
                    .run(new HealthSettings(server.baseUrl(), Optional.empty(), Optional.empty(), Optional.empty(),
                            Optional.empty(), Optional.empty(), log, Optional.of(folder), Duration.ofHours(1),
                            Duration.ofMillis(300), 2));

            assertThat(reasons(report)).containsEntry("chat_smoke",
                    "time: expected the run to end within 0.3 s, found more to do then");
        }
    }

    private static Map<String, String> reasons(Report report) {
        return report.entries().stream().map(TimedEntry::entry).filter(entry -> !entry.passed())
                .collect(Collectors.toMap(Entry::name, Entry::message));
    }

    private static String trace(String prompt, int maxTokens, String answer) {
        return "{\"schema\":\"delta_mem_rwkv_ms_reference_trace.v1\",\"generation\":{\"prompt\":\"" + prompt
                + "\",\"max_new_tokens\":" + maxTokens + ",\"do_sample\":false},\"result\":{\"assistant_display\":"
                + quoted(answer) + "}}";
    }

    private static String quoted(String text) {
        return TextNode.valueOf(text).toString();
    }

    private static HealthSettings settings(TinyServer server, Optional<Path> trace) throws IOException {
        return new HealthSettings(URI.create("http://127.0.0.1:" + server.port() + "/v1"), Optional.empty(),
                Optional.empty(), trace,
                Optional.of(server.base()), Optional.of(server.sidecar()), server.logFile(),
                Optional.of(server.slots()), Duration.ofSeconds(60), Duration.ofMinutes(5), 4);
    }
}
