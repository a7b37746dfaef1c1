package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.report.Verdict;

/** {@code gate trace} as its users see it. */
final class TraceCommandTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatIsRecordedComparesEqualUntilItIsChanged() throws Exception {
        Path trace = folder.resolve("trace.json");
        try (Serving serving = Serving.in(folder)) {
            GateRun record = GateRun.of("trace", "record", "--base-url", serving.url(), "--prompt", "Name a colour.",
                    "--max-tokens", 6, "--out", trace);
            assertThat(record.code()).isEqualTo(Verdict.PASSED);
            JsonNode written = new ObjectMapper().readTree(trace.toFile());
            String answer = written.at("/result/assistant_display").asText();
            assertThat(record.out())
                    .isEqualTo(trace + ": recorded: " + answer + System.lineSeparator());
            assertThat(written.path("schema").asText()).isEqualTo("delta_mem_rwkv_ms_reference_trace.v1");
            assertThat(written.at("/generation/do_sample").asBoolean(true)).isFalse();

            GateRun same = GateRun.of("trace", "compare", "--base-url", serving.url(), "--trace", trace);
            assertThat(same.code()).isEqualTo(Verdict.PASSED);
            assertThat(same.out()).startsWith(trace + ": passed: the server answers what the trace has");

            Files.writeString(trace, Files.readString(trace).replace("\"assistant_display\" : \"",
                    "\"assistant_display\" : \"\u00e9"));
            GateRun changed = GateRun.of("trace", "compare", "--base-url", serving.url(), "--trace", trace, "--json");
            assertThat(changed.code()).isEqualTo(Verdict.FAILED);
            assertThat(changed.json().at("/errors/0").asText())
                    .startsWith("character 0: expected \"\u00e9");
            GateRun again = GateRun.of("trace", "record", "--base-url", serving.url(), "--prompt", "a", "--out", trace);
            assertThat(again.code()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        }
    }

    @Test
    void aTraceThatWasSampledOrIsNoneCannotBeJudged() throws Exception {
        Path sampled = Files.writeString(folder.resolve("sampled.json"), "{\"schema\":"
                + "\"delta_mem_rwkv_ms_reference_trace.v1\",\"generation\":{\"do_sample\":true}}");
        assertRefused(sampled,
                ": generation.do_sample: expected false, found true: what was sampled cannot be compared");
        Path other = Files.writeString(folder.resolve("other.json"), "{\"schema\":\"x\"}");
        assertRefused(other, ": schema: expected delta_mem_rwkv_ms_reference_trace.v1, found x");
        Path text = Files.writeString(folder.resolve("text.json"), "[]");
        assertRefused(text, ": expected a JSON object, found another value");
    }

    private static void assertRefused(Path trace, String problem) {
        GateRun run = GateRun.of("trace", "compare", "--trace", trace);
        assertThat(run.code()).isEqualTo(Verdict.COULD_NOT_JUDGE);
        assertThat(run.errors()).containsExactly("gate: " + trace + problem);
    }
}
