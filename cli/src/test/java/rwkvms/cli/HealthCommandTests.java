package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.cli.StubServer.Answer;
import rwkvms.cli.StubServer.Request;

/** {@code gate health} as its users see it. */
final class HealthCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void ourOwnServerIsHealthy() throws Exception {
        try (RunningServer serving = RunningServer.in(folder)) {
            Path output = folder.resolve("health.json");
            GateRun run = GateRun.of("health", "--base-url", serving.url(), "--server-log", serving.log(),
                    "--slot-save-path", serving.slots(), "--output", output, "--report", folder.resolve("report"));

            assertThat(run.out()).contains("slot_corruption").endsWith("passed: 12 of 12 checks of " + serving.url()
                    + ", 2 not evaluated" + System.lineSeparator());
            assertThat(run.code()).isEqualTo(ExitCode.PASSED);
            assertThat(new ObjectMapper().readTree(output.toFile()).path("ok").asBoolean()).isTrue();
            assertThat(folder.resolve("report/summary.md")).content()
                    .contains("| not evaluated | reference_trace | not given: --trace |");
            assertThat(folder.resolve("report/allure-results")).isNotEmptyDirectory();
        }
    }

    /** Writes the log of a sound server's start. */
    private Path log() throws IOException {
        return Files.writeString(folder.resolve("server.log"), """
                RWKV-MS runtime is active
                RWKV-MS sidecar runtime is constrained
                n_slots = 1
                prompt cache is disabled
                context checkpoints disabled
                does not support warmup
                slot save/restore is experimental
                """);
    }

    /** Returns the answers of a server that is sound if no slot is checked. */
    private static Answer healthy(Request asked, Path log) {
        return switch (asked.line()) {
            case "GET /health" -> Answer.ok("{\"status\":\"ok\"}");
            case "GET /v1/models" -> Answer.ok("{\"data\":[{\"id\":\"tiny\"},{\"id\":\"other\"}]}");
            case "POST /v1/chat/completions" -> asked.body().contains("\"stream\":true")
                    ? Answer.ok("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"
                            + "data: [DONE]\n\n")
                    : Answer.saying("a");
            case "POST /completion" -> {
                try {
                    Files.writeString(log, "RWKV-MS exact-prefix slot reuse\nrolled context state back\n",
                            StandardOpenOption.APPEND);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                yield Answer.ok("{\"content\":\"c\"}");
            }
            default -> new Answer(400, "{}");
        };
    }

    /** Returns the text with 0.00 for each time, in its column. */
    private static String timeless(String text) {
        return text.replaceAll("(?m)^(.{13}  .{18})  [ 0-9]{3}\\.\\d\\d s  ", "$1    0.00 s  ");
    }

    @Test
    void everyCheckHasItsLine() throws Exception {
        Path log = log();
        try (StubServer server = new StubServer(asked -> healthy(asked, log))) {
            GateRun run = GateRun.of("health", "--base-url", server.url(), "--server-log", log, "--report",
                    folder.resolve("report"));
            assertThat(run.code()).isEqualTo(ExitCode.PASSED);
            assertThat(run.err()).isEmpty();
            assertThat(timeless(run.out())).isEqualToNormalizingNewlines("""
                    not evaluated  base_hash_binding     0.00 s  not given: --base-gguf
                    passed         alive                 0.00 s \s
                    passed         model_list            0.00 s  models 2, model tiny
                    passed         chat_smoke            0.00 s  said a
                    passed         chat_stream           0.00 s  said a
                    passed         greedy_repeats        0.00 s  said a
                    not evaluated  reference_trace       0.00 s  not given: --trace
                    not evaluated  slot_save_restore     0.00 s  not given: --slot-save-path
                    not evaluated  slot_corruption       0.00 s  not given: --slot-save-path
                    passed         slot_names            0.00 s  refused 18
                    passed         concurrent_clients    0.00 s  requests at once 4
                    passed         client_hangs_up       0.00 s  clients that hung up 2
                    passed         alive_at_the_end      0.00 s \s
                    passed         server_log            0.00 s  lines found 9
                    passed: 10 of 10 checks of %s, 4 not evaluated
                    """.formatted(server.url()));
            assertThat(folder.resolve("report/summary.md")).hasContent("""
                    # Health of a live server

                    passed: 10 of 10 checks of %s, 4 not evaluated

                    | result | check | what was found |
                    |---|---|---|
                    | not evaluated | base_hash_binding | not given: --base-gguf |
                    | passed | alive |  |
                    | passed | model_list | models 2, model tiny |
                    | passed | chat_smoke | said a |
                    | passed | chat_stream | said a |
                    | passed | greedy_repeats | said a |
                    | not evaluated | reference_trace | not given: --trace |
                    | not evaluated | slot_save_restore | not given: --slot-save-path |
                    | not evaluated | slot_corruption | not given: --slot-save-path |
                    | passed | slot_names | refused 18 |
                    | passed | concurrent_clients | requests at once 4 |
                    | passed | client_hangs_up | clients that hung up 2 |
                    | passed | alive_at_the_end |  |
                    | passed | server_log | lines found 9 |
                    """.formatted(server.url()));
            assertThat(folder.resolve("report/report.html")).content().contains("<td>server</td><td>" + server.url(),
                    "<td>fact</td><td>models 2</td>", "not given: --trace");
        }
    }

    @Test
    void everyOptionCounts() throws Exception {
        Path log = log();
        Path slots = folder.resolve("slots");
        Path trace = Files.writeString(folder.resolve("t.json"), "{\"schema\":\"delta_mem_rwkv_ms_reference_trace.v1\","
                + "\"generation\":{\"prompt\":\"Hi\",\"max_new_tokens\":7},\"result\":{\"assistant_display\":\"b\"}}");
        Path output = folder.resolve("out.json");
        try (StubServer server = new StubServer(asked -> healthy(asked, log))) {
            GateRun run = GateRun.of("health", "--base-url", server.url(), "--server-log", log, "--model", "other",
                    "--slot-save-path", slots, "--base-gguf", EditedFixture.base(), "--sidecar",
                    EditedFixture.sidecar("basic"),
                    "--trace", trace, "--clients", 2, "--output", output, "--json", "--report",
                    folder.resolve("report"));
            assertThat(run.code()).isEqualTo(ExitCode.FAILED);
            assertThat(output).hasContent(run.out());
            JsonNode json = run.json();
            assertThat(json.path("model").textValue()).isEqualTo("other");
            assertThat(json.at("/checks/base_hash_binding/ok").booleanValue()).isTrue();
            assertThat(json.at("/checks/concurrent_clients/facts")).hasToString("[\"requests at once 2\"]");
            assertThat(json.at("/errors/0").textValue()).isEqualTo(
                    "reference_trace: answer to the trace's prompt: character 0: expected \"b\", found \"a\"");
            assertThat(json.at("/errors/1").textValue()).isEqualTo(
                    "slot_save_restore: " + slots + ": expected the server's slot folder, found none");
            assertThat(json.path("reproduce").textValue()).endsWith("gate health --base-url " + server.url()
                    + " --model other --server-log " + log + " --slot-save-path " + slots + " --base-gguf "
                    + Reproduce.fromHere(EditedFixture.base()) + " --sidecar "
                    + Reproduce.fromHere(EditedFixture.sidecar("basic"))
                    + " --trace " + trace);
            assertThat(folder.resolve("report/summary.md")).content().contains("FAILED: 11 of 14 checks of ",
                    "| FAILED | reference_trace | answer to the trace's prompt: character 0: expected ");
        }
    }

    @Test
    void aFailedCheckHasItsReason() throws Exception {
        Path log = log();
        try (StubServer server = new StubServer(asked -> new Answer(503, "busy"))) {
            GateRun run = GateRun.of("health", "--base-url", server.url(), "--server-log", log);
            assertThat(run.code()).isEqualTo(ExitCode.FAILED);
            assertThat(timeless(run.out()).lines()).contains(
                    "FAILED         alive                 0.00 s  GET /health: expected HTTP 2xx, found 503: busy")
                    .last().isEqualTo("FAILED: 0 of 10 checks of " + server.url() + ", 4 not evaluated");
        }
    }

    @Test
    void serverThatIsNotThereFails() throws Exception {
        Path log = Files.writeString(folder.resolve("server.log"), "");
        String nowhere = StubServer.nowhere();
        GateRun run = GateRun.of("health", "--base-url", nowhere + "/v1/", "--server-log", log,
                "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.json().path("ok").asBoolean()).isFalse();
        assertThat(run.json().path("base_url").asText()).isEqualTo(nowhere + "/v1");
        assertThat(run.json().path("errors").path(0).asText())
                .startsWith("alive: GET /health: expected an answer, found ");
        assertThat(run.json().path("reproduce").asText()).contains("health --base-url " + nowhere);
    }

    @Test
    void withoutTheLogItCannotJudge() {
        GateRun run = GateRun.of("health", "--server-log", folder.resolve("none.log"));

        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors())
                .containsExactly("gate: " + folder.resolve("none.log") + ": expected a readable file, found none");
    }
}
