package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.cli.StubServer.Answer;
import rwkvms.math.MathTensor;
import rwkvms.nativeruntime.NativeFiles;

/**
 * The keys of every judging command's JSON are public: none goes or changes its type. New ones may come. Those of
 * {@code gate experiment}, which computes for seconds, are held by ExperimentCommandTests.
 */
final class VerdictKeysTests {
    private static final Path BASIC = GateRun.GOLDEN.resolve("basic");
    private static final String[] COMMON = {"ok:BOOLEAN", "errors:ARRAY", "provenance:OBJECT", "suite:STRING",
            "verdict_version:NUMBER"};
    private static final String[] TRACED = {"provenance:OBJECT", "reproduce:STRING"};
    private static final String DIVERGENCE = "stage:STRING tensor:STRING index:ARRAY token:NUMBER layer:NUMBER"
            + " expected:NUMBER actual:NUMBER";

    @TempDir
    private Path folder = Path.of("");

    private static void hold(JsonNode json, String... keys) {
        for (String key : keys) {
            String[] parts = key.split(":");
            assertThat(json.path(parts[0]).getNodeType()).as(parts[0]).hasToString(parts[1]);
        }
    }

    /** Requires keys, each with its type. */
    static void hold(JsonNode json, String keys) {
        hold(json, keys.split(" "));
    }

    /** Returns what {@code --json} prints, with the same keys that {@code --report} writes. */
    private JsonNode judged(int code, Object... arguments) throws IOException {
        Path report = folder.resolve("report");
        List<Object> words = new ArrayList<>(Arrays.asList(arguments));
        words.addAll(words.contains("--") ? words.indexOf("--") : words.size(), List.of("--json", "--report", report));
        GateRun run = GateRun.of(words.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        return judged(code, run, report);
    }

    /** Returns what a run printed after {@code --json}, with the same keys that it left in its report. */
    static JsonNode judged(int code, GateRun run, Path report) throws IOException {
        JsonNode json = run.json();
        hold(json, COMMON);
        assertThat(json.path("ok").booleanValue()).isEqualTo(code == 0);
        JsonNode left = new ObjectMapper().readTree(report.resolve("verdict.json").toFile());
        assertThat(VerdictSchema.problems(left)).isEmpty();
        assertThat(left.path("ok")).isEqualTo(json.path("ok"));
        return json;
    }

    @Test
    void check() throws Exception {
        Path far = EditedFixture.write("basic", folder.resolve("far.json"),
                fixture -> EditedFixture.shifted(fixture, MathTensor.READS, 0, 1));
        JsonNode json = judged(1, "check", "--fixture", far, "--sidecar", EditedFixture.sidecar("basic"));
        hold(json, TRACED);
        hold(json,
                "compared:NUMBER expected:NUMBER values:NUMBER beyond_tolerance:NUMBER unknowable:NUMBER sidecar:BOOLEAN runtime:STRING max_abs_diff:NUMBER"
                        + " max_abs_diff_tensor:STRING first_divergence:OBJECT diagnosis:ARRAY failure_groups:ARRAY rtol:NUMBER atol:NUMBER mistrusted:ARRAY"
                        + " cases:ARRAY not_evaluated:ARRAY");
        hold(json.path("first_divergence"), DIVERGENCE);
        hold(json.at("/failure_groups/0"), "runtime:STRING stage:STRING tensor:STRING cases:ARRAY");
        hold(json.at("/diagnosis/0"), "runtime:STRING where:STRING finding:STRING hypotheses:NUMBER explanations:ARRAY"
                + " others:ARRAY known:ARRAY untried:NULL");
        hold(json.at("/cases/0"), "case:STRING runtime:STRING ok:BOOLEAN compared:NUMBER expected:NUMBER values:NUMBER"
                + " beyond_tolerance:NUMBER unknowable:NUMBER sidecar:BOOLEAN max_abs_diff:NUMBER max_of_limit:NUMBER first_divergence:OBJECT errors:ARRAY"
                + " mistrusted:ARRAY notes:ARRAY reproduce:STRING tensors:ARRAY");
        hold(json.at("/cases/0/tensors/0"), "tensor:STRING ok:BOOLEAN values:NUMBER not_judged:NUMBER"
                + " max_abs_diff:NUMBER max_rel_diff:NUMBER max_ulp:NUMBER max_of_limit:NUMBER over_tolerance:NUMBER"
                + " nmse:NUMBER scale:NUMBER beyond_tolerance:NUMBER limit_of_tolerance:NUMBER unknowable:NUMBER");
    }

    /** A failure beats an unreadable input, which beats a pass; a case that is not evaluated is no pass. */
    @Test
    void theOrderOfTheCheck() throws Exception {
        JsonNode missed = judged(2, "check", "--fixture", GateRun.GOLDEN.resolve("heads-2"));
        hold(missed.at("/not_evaluated/0"), "case:STRING runtime:STRING reason:STRING");
        assertThat(missed.path("errors")).isNotEmpty();
        assertThat(judged(0, "check", "--fixture", BASIC).path("errors")).isEmpty();
        judged(2, "check", "--fixture", folder.resolve("none.json"));
    }

    @Test
    void probe() throws Exception {
        Path torn = Files.write(folder.resolve("torn.so"),
                Arrays.copyOf(Files.readAllBytes(NativeFiles.library()), 256));
        JsonNode json = judged(2, "runtime", "probe", torn, "--fixture", BASIC);
        hold(json, TRACED);
        hold(json, "library:STRING checks:NUMBER run:NUMBER results:ARRAY");
    }

    @Test
    void fork() throws Exception {
        Path executable = Files.writeString(folder.resolve("test-rwkv-ms-fixture"), "#!/bin/sh\nexit 1\n");
        assertThat(executable.toFile().setExecutable(true)).isTrue();
        JsonNode json = judged(1, "fork", "--bin", folder, "--fixture", BASIC);
        hold(json, TRACED);
        hold(json, "executable:STRING judged:NUMBER expected:NUMBER failed:NUMBER cases:ARRAY not_evaluated:ARRAY");
        hold(json.at("/cases/0"), "case:STRING ok:BOOLEAN wanted:STRING reason:STRING exit_code:NUMBER ending:STRING"
                + " answer:NULL problems:ARRAY output:STRING");
    }

    @Test
    void validate() throws Exception {
        Path bad = Files.write(folder.resolve("bad.gguf"),
                Arrays.copyOf(Files.readAllBytes(EditedFixture.sidecar("basic")), 2000));
        JsonNode json = judged(1, "sidecar", "validate", bad, "--base", EditedFixture.base());
        hold(json, "file:STRING omitted:NUMBER container:OBJECT findings:ARRAY");
        hold(json.at("/container"), "GGUF:STRING GGML:STRING");
        hold(json.at("/findings/0"), "code:STRING severity:STRING kind:STRING place:STRING byte_offset:NUMBER"
                + " expected:STRING found:STRING message:STRING container:OBJECT");
        JsonNode sound = judged(0, "sidecar", "validate", EditedFixture.sidecar("basic"), "--base",
                EditedFixture.base());
        hold(sound.path("base"), "sha256:STRING engine:STRING bytes:NUMBER seconds:NUMBER");
    }

    @Test
    void fixtureVerify() throws Exception {
        Path none = folder.resolve("none.json");
        JsonNode json = judged(2, "fixture", "verify", none, EditedFixture.fixture("basic"));
        hold(json, "fixtures:ARRAY");
        hold(json.at("/fixtures/0"), "file:STRING ok:BOOLEAN fault:STRING place:STRING error:STRING");
        hold(json.at("/fixtures/1"), "file:STRING ok:BOOLEAN schema:STRING tensors:NUMBER values:NUMBER unknown:ARRAY");
    }

    @Test
    void preflight() throws Exception {
        Object[] start = {"preflight", "--clean-env", "--system-config", folder.resolve("none.ini"), "--",
                "llama-server", "-m", "m", "--rwkv-ms-sidecar", EditedFixture.sidecar("basic")};
        JsonNode json = judged(1, start);
        hold(json, "not_evaluated:ARRAY sidecar:BOOLEAN findings:ARRAY corrected:STRING");
        hold(json.at("/findings/0"), "rule:STRING refuses:BOOLEAN evaluated:BOOLEAN place:STRING expected:STRING"
                + " found:STRING reason:STRING");
        judged(1, GateRun.with(start, "--tomorrow", "1"));
    }

    @Test
    void promptsTraceAndHealth() throws Exception {
        Path suite = Files.writeString(folder.resolve("suite.jsonl"),
                "{\"prompt\":\"Hi\",\"expect\":{\"equals\":\"b\"}}\n");
        Path trace = Files.writeString(folder.resolve("t.json"), "{\"schema\":\"delta_mem_rwkv_ms_reference_trace.v1\","
                + "\"generation\":{\"prompt\":\"Hi\",\"max_new_tokens\":7},\"result\":{\"assistant_display\":\"b\"}}");
        Path log = Files.writeString(folder.resolve("server.log"), "");
        try (StubServer server = new StubServer(one -> Answer.saying("a"))) {
            hold(judged(1, "prompts", suite, "--base-url", server.url(), "--model", "m"),
                    "prompts:NUMBER passed:NUMBER failed:NUMBER unanswered:NUMBER not_judged:NUMBER");
            hold(judged(1, "trace", "compare", "--base-url", server.url(), "--model", "m", "--trace", trace),
                    "trace:STRING expected:STRING answer:STRING");
            JsonNode health = judged(1, "health", "--base-url", server.url(), "--server-log", log);
            hold(health, "reproduce:STRING run_id:STRING timestamp:STRING base_url:STRING root_url:STRING model:STRING"
                    + " base_gguf:NULL sidecar:NULL trace:NULL server_log:STRING checks:OBJECT not_evaluated:ARRAY"
                    + " passed:NUMBER evaluated:NUMBER");
            hold(health.at("/checks/alive"), "seconds:NUMBER ok:BOOLEAN facts:ARRAY");
            hold(health.at("/checks/reference_trace"), "ok:NULL not_evaluated:STRING facts:ARRAY");
            hold(health.at("/checks/server_log"), "ok:BOOLEAN error:STRING facts:ARRAY");
        }
    }

    @Test
    void claims() throws Exception {
        JsonNode json = judged(0, "claims", "--published", folder);
        hold(json,
                "confirmed:NUMBER imprecise:NUMBER refuted:NUMBER not_checkable:NUMBER claims:ARRAY reproduce:STRING");
        hold(json.at("/claims/0"), "topic:STRING subject:STRING claimed:STRING recomputed:STRING finding:STRING"
                + " note:STRING");
    }

    /** A schema that takes everything would say nothing. */
    @Test
    void theSchemaRefusesWhatIsNoVerdict() throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        assertThat(VerdictSchema.problems(mapper.readTree("{\"ok\":true,\"errors\":[\"a\"]}")))
                .containsExactly("/verdict_version: required=[\"ok\",\"errors\",\"verdict_version\"]",
                        "/errors: maxItems=0");
        assertThat(VerdictSchema.problems(mapper.readTree("{\"ok\":false,\"errors\":[1],\"verdict_version\":2,"
                + "\"suite\":\"gate trace record\",\"out\":\"o\"}"))).containsExactly("/errors/-: type=\"string\"",
                        "/verdict_version: const=1", ": suite=[\"provenance\"]",
                        "/answer: required=[\"out\",\"answer\"]");
        assertThat(VerdictSchema.suites()).contains("gate check", "gate experiment").doesNotHaveDuplicates();
    }
}
