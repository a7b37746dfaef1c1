package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.cli.StubServer.Answer;

/** {@code gate trace} as its users see it. */
final class TraceCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatIsRecordedComparesEqualUntilItIsChanged() throws Exception {
        Path trace = folder.resolve("trace.json");
        try (RunningServer serving = RunningServer.in(folder)) {
            GateRun record = GateRun.of("trace", "record", "--base-url", serving.url(), "--prompt", "Name a colour.",
                    "--max-tokens", 6, "--out", trace);
            assertThat(record.code()).isEqualTo(ExitCode.PASSED);
            JsonNode written = new ObjectMapper().readTree(trace.toFile());
            String answer = written.at("/result/assistant_display").asText();
            assertThat(record.out())
                    .isEqualTo(trace + ": recorded: " + answer + System.lineSeparator());
            assertThat(written.path("schema").asText()).isEqualTo("delta_mem_rwkv_ms_reference_trace.v1");
            assertThat(written.at("/generation/do_sample").asBoolean(true)).isFalse();

            GateRun same = GateRun.of("trace", "compare", "--base-url", serving.url(), "--trace", trace);
            assertThat(same.code()).isEqualTo(ExitCode.PASSED);
            assertThat(same.out()).startsWith(trace + ": passed: the server answers what the trace has");

            Files.writeString(trace, Files.readString(trace).replace("\"assistant_display\" : \"",
                    "\"assistant_display\" : \"\u00e9"));
            GateRun changed = GateRun.of("trace", "compare", "--base-url", serving.url(), "--trace", trace, "--json");
            assertThat(changed.code()).isEqualTo(ExitCode.FAILED);
            assertThat(changed.json().at("/errors/0").asText())
                    .startsWith(trace + ": character 0: expected \"\u00e9");
            GateRun again = GateRun.of("trace", "record", "--base-url", serving.url(), "--prompt", "a", "--out", trace);
            assertThat(again.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        }
    }

    @Test
    void whatIsAskedAndSaidIsRecorded() throws Exception {
        Path out = folder.resolve("t.json");
        try (StubServer server = new StubServer(one -> one.line().startsWith("GET")
                ? Answer.ok("{\"data\":[{\"id\":\"tiny\"}]}")
                : Answer.saying(" a\\nb "))) {
            GateRun run = GateRun.of("trace", "record", "--base-url", server.url(), "--prompt", "Hi", "--out", out,
                    "--report", folder.resolve("report"));
            assertThat(run).isEqualTo(
                    new GateRun(ExitCode.PASSED, out + ": recorded: a b" + System.lineSeparator(), ""));
            assertThat(server.asked("POST /v1/chat/completions")).containsExactly(
                    "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":64,"
                            + "\"temperature\":0,\"top_k\":1,\"seed\":123}");
            String trace = Files.readString(out);
            assertThat(trace).endsWith("}\n").contains("\"base_url\" : \"" + server.url() + "\"",
                    "\"max_new_tokens\" : 64", "\"assistant\" : \" a\\nb \"", "\"assistant_display\" : \"a\\nb\"");
            assertThat(folder.resolve("report/summary.md"))
                    .hasContent("# gate trace record\n\n- passed: `" + out + "`\n");

            GateRun json = GateRun.of("trace", "record", "--base-url", server.url(), "--model", "mine", "--prompt",
                    "Hi", "--out", out, "--max-tokens", 1, "--force", "--json");
            assertThat(json.code()).isEqualTo(ExitCode.PASSED);
            assertThat(json.own())
                    .hasToString("{\"ok\":true,\"errors\":[],\"out\":\"" + out + "\",\"answer\":\"a\\nb\"}");
            assertThat(server.asked("POST /v1/chat/completions").getLast()).contains("\"model\":\"mine\"",
                    "\"max_tokens\":1,");
        }
    }

    @Test
    void aTraceIsComparedWordForWord() throws Exception {
        Path trace = Files.writeString(folder.resolve("t.json"), "{\"schema\":\"delta_mem_rwkv_ms_reference_trace.v1\","
                + "\"generation\":{\"prompt\":\"Hi\",\"max_new_tokens\":7,\"do_sample\":false},"
                + "\"result\":{\"assistant_display\":\"a b\"}}");
        try (StubServer server = new StubServer(one -> Answer.saying(one.body().contains("good") ? "a b" : "a c"))) {
            GateRun good = GateRun.of("trace", "compare", "--base-url", server.url(), "--model", "good", "--trace",
                    trace);
            assertThat(good).isEqualTo(new GateRun(ExitCode.PASSED,
                    trace + ": passed: the server answers what the trace has" + System.lineSeparator(), ""));
            GateRun bad = GateRun.of("trace", "compare", "--base-url", server.url(), "--model", "bad", "--trace", trace,
                    "--report", folder.resolve("report"));
            assertThat(bad).isEqualTo(new GateRun(ExitCode.FAILED, trace
                    + ": FAILED: character 2: expected \"b\", found \"c\"" + System.lineSeparator(), ""));
            assertThat(folder.resolve("report/summary.md")).hasContent("# gate trace compare\n\n- **FAILED**: `" + trace
                    + "`\n  - character 2: expected \"b\", found \"c\"\n");
            GateRun json = GateRun.of("trace", "compare", "--base-url", server.url(), "--model", "good", "--trace",
                    trace, "--json");
            assertThat(json.code()).isEqualTo(ExitCode.PASSED);
            assertThat(json.own()).hasToString("{\"ok\":true,\"errors\":[],\"trace\":\"" + trace
                    + "\",\"expected\":\"a b\",\"answer\":\"a b\"}");
            assertThat(server.asked("POST /v1/chat/completions")).allMatch(body -> body.contains("\"max_tokens\":7,"));
        }
    }

    @Test
    void nothingIsRecordedOverAFile() throws Exception {
        Path mine = Files.writeString(folder.resolve("mine"), "mine");
        GateRun run = GateRun.of("trace", "record", "--prompt", "a", "--out", mine);
        assertThat(run).isEqualTo(new GateRun(ExitCode.COULD_NOT_JUDGE, "", "gate: " + mine
                + ": expected no such file, found one; --force overwrites it" + System.lineSeparator()));
        assertThat(mine).hasContent("mine");
    }

    /** TraceTests has all that is refused. */
    @Test
    void aTraceThatWasSampledCannotBeJudged() throws Exception {
        Path sampled = Files.writeString(folder.resolve("sampled.json"), "{\"schema\":"
                + "\"delta_mem_rwkv_ms_reference_trace.v1\",\"generation\":{\"do_sample\":true}}");
        GateRun run = GateRun.of("trace", "compare", "--trace", sampled);
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: " + sampled
                + ": generation.do_sample: expected false, found true: what was sampled cannot be compared");
    }
}
