package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.live.health.HealthCheck.Report;
import rwkvms.live.health.StandIn.Fault;
import rwkvms.report.Entry;
import rwkvms.report.Verdict;
import rwkvms.report.Provenance;

/** What each check measures on a correct server, and reports of one with a single fault. */
@Timeout(60)
final class HealthFindingsTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root"), "golden", "data");
    private static final Path BASE = GOLDEN.resolve("base.gguf");
    private static final Path SIDECAR = GOLDEN.resolve("basic/sidecar.gguf");
    private static final String BASE_SHA256 = "cde3c6e2105a990caec8d84fe9805b88285e4c1db4145210f3943dfedd471b61";
    /** In a saved slot file: the payload, then the prefix. */
    private static final int SLOT_BYTES = StandIn.PAYLOAD.length
            + "A reliable RWKV-MS slot prefix: alpha beta gamma.".length();

    @TempDir
    private Path folder = Path.of("");

    private HealthSettings settings(StandIn server) throws IOException {
        Path trace = Files.writeString(folder.resolve("trace.json"), """
                {"schema":"delta_mem_rwkv_ms_reference_trace.v1","generation":{"prompt":"Name a colour.",
                "max_new_tokens":9,"do_sample":false},"result":{"assistant_display":"You said: Name a colour."}}""");
        return new HealthSettings(server.baseUrl(), Optional.empty(), Optional.empty(), Optional.of(trace),
                Optional.of(BASE),
                Optional.of(SIDECAR), server.log(), Optional.of(server.slots()), Duration.ofSeconds(20),
                Duration.ofSeconds(50), 2);
    }

    private static Map<String, String> reasons(Report report) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (TimedEntry timed : report.entries()) {
            Entry entry = timed.entry();
            if (!entry.passed()) {
                reasons.put(entry.name(), (entry.failed() ? "" : "not evaluated: ") + entry.message());
            }
        }
        return reasons;
    }

    @Test
    void aSoundServerPassesAndIsMeasured() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING)) {
            Report report = HealthCheck.run(settings(server));

            assertThat(reasons(report)).isEmpty();
            assertThat(report.entries()).noneMatch(timed -> timed.entry().failed())
                    .anyMatch(timed -> timed.entry().passed());
            assertThat(report.model()).isEqualTo("stand-in");
            assertThat(report.baseUrl()).isEqualTo(server.baseUrl().toString());
            assertThat(report.rootUrl() + "/v1").isEqualTo(report.baseUrl());
            String slot = "n_saved 8, n_written " + SLOT_BYTES + ", ";
            assertThat(report.entries().stream().map(TimedEntry::entry).map(entry -> entry.name() + ": "
                    + String.join(", ", entry.facts()))).containsExactly(
                            "base_hash_binding: sidecar_base_gguf_sha256 " + BASE_SHA256 + ", base_gguf_sha256 "
                                    + BASE_SHA256,
                            "alive: ", "model_list: models 1, model stand-in", "chat_smoke: said You said: Hi",
                            "chat_stream: said You said: Tell me a story.",
                            "greedy_repeats: said You said: What is a memory?",
                            "reference_trace: said You said: Name a colour.",
                            "slot_save_restore: " + slot + "payload at byte 0, prompt_n 5",
                            "slot_corruption: " + slot + "refused 16", "slot_names: refused 18",
                            "concurrent_clients: requests at once 2", "client_hangs_up: clients that hung up 2",
                            "alive_at_the_end: ", "server_log: lines found 9");
            assertThat(report.entries()).allSatisfy(
                    timed -> assertThat(timed.took()).isBetween(Duration.ZERO, Duration.ofSeconds(50)));
            assertThat(server.slots()).isEmptyDirectory();
        }
    }

    /** The requests, which servers other than our own must understand too. */
    @Test
    void whatIsSent() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING)) {
            HealthCheck.run(settings(server));
            List<String> sent = server.asked().stream().map(Object::toString).distinct()
                    .filter(body -> !body.contains("filename")).toList();
            String greedy = "\"temperature\":0,\"top_k\":1,\"seed\":123";
            assertThat(sent).containsExactly(
                    chat("Hi", 8, greedy), chat("Tell me a story.", 8, greedy),
                    chat("Tell me a story.", 8, greedy + ",\"stream\":true"), chat("What is a memory?", 8, greedy),
                    chat("Something else.", 8, greedy), chat("Name a colour.", 9, greedy),
                    continuing("", 0),
                    "{\"prompt\":\"Completely different prompt to mutate the live RWKV-MS slot.\",\"n_predict\":1,"
                            + "\"temperature\":0,\"top_k\":1,\"seed\":321}",
                    continuing(" Continue with one short sentence.", 4),
                    "{\"prompt\":\"Client number 0 says:\",\"n_predict\":6," + greedy + ",\"cache_prompt\":false}",
                    "{\"prompt\":\"Client number 1 says:\",\"n_predict\":6," + greedy + ",\"cache_prompt\":false}",
                    "{\"prompt\":\"Count without end:\",\"n_predict\":100000," + greedy + ",\"stream\":true}",
                    "{\"prompt\":\"Count without end:\",\"n_predict\":100000," + greedy + ",\"stream\":false}");
        }
    }

    private static String chat(String prompt, int maxTokens, String greedy) {
        return "{\"model\":\"stand-in\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt
                + "\"}],\"max_tokens\":" + maxTokens + "," + greedy + "}";
    }

    private static String continuing(String behind, int maxTokens) {
        return "{\"prompt\":\"A reliable RWKV-MS slot prefix: alpha beta gamma." + behind + "\",\"n_predict\":"
                + maxTokens
                + ",\"temperature\":0,\"top_k\":1,\"seed\":123,\"cache_prompt\":true,"
                + "\"response_fields\":[\"content\",\"tokens_cached\",\"timings/prompt_n\"]}";
    }

    /** The reason is that of the first failed check; the others fail because of the same fault. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            IS_UNHEALTHY            | alive alive_at_the_end                | GET /health: expected HTTP 2xx, found 503: {"status":"ok"}
            LISTS_NO_MODEL          | model_list                            | GET /models: expected at least one model, found []
            SAYS_NOTHING            | chat_smoke chat_stream greedy_repeats reference_trace | chat: expected some text in answer to "Hi", found none
            STREAMS_ANOTHER         | chat_stream                           | stream: character 26: expected the end, found "!"
            STREAMS_WITHOUT_END     | chat_stream                           | POST /chat/completions: expected a stream that ends with [DONE], found data: {"choices":[{"index":0,"delta":{"content":"You said: Tell me a story."},"finish_reason":"stop"}]}
            STREAMS_WITHOUT_REASON  | chat_stream                           | POST /chat/completions: expected a stream with a finish_reason, found none
            STREAMS_ON              | chat_stream                           | POST /chat/completions: expected nothing behind [DONE], found {}
            STREAMS_TWO             | chat_stream                           | POST /chat/completions: expected one choice, found another of index 1
            NEVER_REPEATS           | chat_stream greedy_repeats reference_trace | stream: character 26: expected "2", found "3"
            SAVES_NO_BYTES          | slot_save_restore slot_corruption     | save: n_written: expected more than 0, found 0
            SAVES_ELSEWHERE         | slot_save_restore slot_corruption     | {slots}/rwkv-ms-health-{id}.bin: expected the file that the server saved, found none; is --slot-save-path the server's own?
            SAVES_NO_PAYLOAD        | slot_save_restore slot_corruption     | {slots}/rwkv-ms-health-{id}.bin: expected a state payload (RMVS, version 2) in the saved slot, found none
            TAKES_DAMAGED           | slot_save_restore slot_corruption     | restore of a damaged file (fingerprint): expected HTTP 400, found 200: {"n_restored":8,"n_read":{bytes}}
            REFUSES_FOR_NO_REASON   | slot_save_restore slot_corruption     | restore of a file with another fingerprint: expected "sidecar identity mismatch", found {"error":"restore refused"}
            RESTORES_LESS           | slot_save_restore slot_corruption     | restore: expected the 8 tokens and {bytes} bytes saved, found 7 and {bytes}
            RESTORES_FEWER_BYTES    | slot_save_restore slot_corruption     | restore: expected the 8 tokens and {bytes} bytes saved, found 8 and {fewer}
            COMPUTES_ANEW           | slot_save_restore                     | completion after a restore: timings/prompt_n: expected less than the 8 tokens saved, found 13
            CONTINUES_OTHERWISE     | slot_save_restore                     | completion after a restore, beside one that was never saved: character 0: expected "after A reliable RWKV-MS slot prefix: al", found "mixed"
            FORGETS_WHEN_IT_REFUSES | slot_corruption                       | completion after a refused restore (magic): expected the slot as it was, found another: , timings/prompt_n 13 instead of 5
            TAKES_ANY_NAME          | slot_names                            | save of a file named "../rwkv-ms-health-escape-{id}": expected HTTP 4xx, found 200
            FAILS_AT_NAMES          | slot_names                            | save of a file named "../rwkv-ms-health-escape-{id}": expected HTTP 4xx, found 500
            WRITES_OUTSIDE          | slot_names                            | {above}/rwkv-ms-health-escape-{id}: expected nothing outside the slot folder, found a file
            MIXES_CLIENTS           | concurrent_clients                    | client 0 of 2 at once, beside what it is answered alone: character 0: expected "after Client number 0 says:", found "mixed"
            FAILS_AT_ONCE           | concurrent_clients client_hangs_up    | POST /completion: expected HTTP 2xx, found 500: too many
            MIXES_AFTER_A_HANG_UP   | client_hangs_up                       | completion after a client hung up: character 0: expected "after Client number 0 says:", found "mixed"
            """)
    void aServerWithOneFault(Fault fault, String failing, String reason) throws IOException {
        try (StandIn server = StandIn.start(folder, fault)) {
            Report report = HealthCheck.run(settings(server));

            Map<String, String> reasons = reasons(report);
            assertThat(report.entries()).anyMatch(timed -> timed.entry().failed());
            assertThat(reasons.keySet()).containsExactly(failing.split(" "));
            assertThat(reasons.values().iterator().next()).isEqualTo(reason
                    .replace("{slots}", server.slots().toString()).replace("{above}", folder.toString())
                    .replace("{id}", report.id()).replace("{bytes}", String.valueOf(SLOT_BYTES))
                    .replace("{fewer}", String.valueOf(SLOT_BYTES - 1)));
            assertThat(server.slots()).isEmptyDirectory();
        }
    }

    @Test
    void whatIsNotGivenIsNotEvaluated() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.LISTS_MANY)) {
            HealthSettings settings = new HealthSettings(server.baseUrl(), Optional.empty(), Optional.of("mine"),
                    Optional.empty(),
                    Optional.of(BASE), Optional.empty(), server.log(), Optional.empty(), Duration.ofSeconds(20),
                    Duration.ofSeconds(50), 1);
            assertThat(reasons(HealthCheck.run(settings))).containsExactly(
                    Map.entry("base_hash_binding", "not evaluated: not given: --sidecar"),
                    Map.entry("model_list", "GET /models: expected a model mine, found [a, b, c, d, e]"),
                    Map.entry("reference_trace", "not evaluated: not given: --trace"),
                    Map.entry("slot_save_restore", "not evaluated: not given: --slot-save-path"),
                    Map.entry("slot_corruption", "not evaluated: not given: --slot-save-path"));
        }
    }

    /** Everything else is fine, and it is no pass: nobody knows where the model is computed. */
    @Test
    void aServerThatDoesNotSayItsDeviceIsNoPass() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING)) {
            HealthSettings settings = settings(server).on("Vulkan0");
            Report report = HealthCheck.run(settings);

            String why = "the server does not say on which device it computes: GET /props: expected HTTP 2xx, found 404";
            assertThat(reasons(report)).containsOnlyKeys("device").hasEntrySatisfying("device",
                    reason -> assertThat(reason).startsWith("not evaluated: " + why));
            Verdict verdict = new HealthDetails(settings, report, Instant.EPOCH).verdict(Provenance.ofThisMachine(),
                    "");
            assertThat(verdict.state()).isEqualTo(Verdict.State.NOT_JUDGED);
            assertThat(verdict.problems()).singleElement().asString()
                    .startsWith("--device Vulkan0: not evaluated: " + why);
        }
    }

    @Test
    void aServerOnAnotherDeviceFails() throws IOException {
        try (StandIn given = StandIn.start(folder, Fault.NOTHING);
                FakeServer server = FakeServer.answering(FakeServer.http(200, "{\"device\":\"CPU\"}"),
                        FakeServer.Then.CLOSE)) {
            HealthSettings settings = new HealthSettings(server.baseUrl(), Optional.empty(), Optional.empty(),
                    Optional.empty(), Optional.empty(), Optional.empty(), given.log(), Optional.empty(),
                    Duration.ofSeconds(1), Duration.ofSeconds(5), 1);
            assertThat(reasons(HealthCheck.run(settings.on("Vulkan0")))).containsEntry("device",
                    "GET /props: device: expected Vulkan0, found CPU");
        }
    }

    @Test
    void theModelThatIsAskedForIsTheOneThatIsAsked() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.LISTS_MANY)) {
            HealthSettings given = settings(server);
            Report report = HealthCheck.run(new HealthSettings(given.baseUrl(), Optional.empty(), Optional.of("f"),
                    given.trace(),
                    Optional.of(SIDECAR), given.sidecar(), given.serverLog(), Optional.of(folder.resolve("none")),
                    given.timeout(), given.limit(), 1));
            assertThat(report.model()).isEqualTo("f");
            assertThat(server.asked().getFirst().path("model").asText()).isEqualTo("f");
            Map<String, String> reasons = reasons(report);
            assertThat(reasons.get("base_hash_binding")).startsWith("RWKV-MS sidecar base GGUF SHA mismatch: " + SIDECAR
                    + ": delta_mem.base_gguf_sha256: expected ")
                    .endsWith(" as " + SIDECAR + " has, found " + BASE_SHA256);
            assertThat(reasons).containsEntry("slot_save_restore",
                    folder.resolve("none") + ": expected the server's slot folder, found none");
        }
    }

    /** Two empty answers do not count as equal, and a server that never answers was not judged. */
    @Test
    void silenceIsNotEvaluated() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.SAYS_NOTHING)) {
            assertThat(reasons(HealthCheck.run(settings(server))))
                    .containsEntry("chat_stream", "not evaluated: not answered: the server says nothing")
                    .containsEntry("greedy_repeats", "not evaluated: not answered: the server says nothing");
        }
        try (StandIn server = StandIn.start(folder, Fault.COMPLETES_WITH_NOTHING)) {
            assertThat(reasons(HealthCheck.run(settings(server))))
                    .containsEntry("concurrent_clients", "not evaluated: not answered: the server says nothing")
                    .containsEntry("client_hangs_up", "not evaluated: not answered: the server says nothing");
        }
    }

    /** An unreadable file is not the server's fault: the server is not asked. */
    @Test
    void aFileThatCannotBeReadIsNoFinding() throws Exception {
        Path other = Files.writeString(folder.resolve("other"), "{}");
        try (StandIn server = StandIn.start(folder, Fault.NOTHING)) {
            HealthSettings given = settings(server);
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> HealthCheck.run(new HealthSettings(given.baseUrl(), Optional.empty(),
                            given.model(), Optional.of(other), given.base(), given.sidecar(),
                            given.serverLog(), given.slotFolder(), given.timeout(), given.limit(), 1)))
                    .withMessage(other + ": schema: expected delta_mem_rwkv_ms_reference_trace.v1, found none");
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> HealthCheck.run(new HealthSettings(given.baseUrl(), Optional.empty(),
                            given.model(), given.trace(), given.base(), Optional.of(other),
                            given.serverLog(), given.slotFolder(), given.timeout(), given.limit(), 1)))
                    .withMessageStartingWith(other + ": expected a sidecar, found none: ");
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> HealthCheck.run(new HealthSettings(given.baseUrl(), Optional.empty(),
                            given.model(), given.trace(), given.base(), given.sidecar(),
                            Path.of("/dev/null"), given.slotFolder(), given.timeout(), given.limit(), 1)))
                    .withMessage("/dev/null: expected a log that can be read again, found no regular file");
            assertThat(server.asked()).isEmpty();
        }
    }

    @Test
    void aRunWithoutALogToReadIsNoRun() throws IOException {
        try (StandIn server = StandIn.start(folder, Fault.NOTHING)) {
            HealthSettings settings = settings(server);
            Files.delete(server.log());
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> HealthCheck.run(settings));
        }
    }
}
