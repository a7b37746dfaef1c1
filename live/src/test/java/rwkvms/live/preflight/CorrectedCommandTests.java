package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exact words of corrected commands. */
class CorrectedCommandTests {
    private static final String RIGHT = " --ubatch-size 1 --no-cont-batching --no-context-shift --no-cache-prompt "
            + "--no-cache-idle-slots --cache-ram 0 --ctx-checkpoints 0";

    private static String corrected(Map<String, String> environment, String... words) {
        return CorrectedCommand.line(CorrectedCommand.of(Launch.of(List.of(words), environment, ConfigFiles.none())));
    }

    @Test
    void whatTheRulesSpeakOfStandsBehindTheOthers() {
        assertThat(corrected(
                Map.of("LLAMA_ARG_N_PARALLEL", "4", "LLAMA_ARG_MODEL", "m", "LLAMA_ARG_CACHE_RAM", "0", "PATH", "/"),
                "/opt/my llama/llama-server", "-m", "old.gguf", "-m", "base=1.gguf", "-np", "4", "--alias", "it's",
                "-md",
                "draft",
                "--slot-save-path", "s", "--rwkv-ms-sidecar", "\u00e9.gguf", "--jinja", "-hf", "a/b", "--no-mmproj"))
                .isEqualTo("env -u LLAMA_ARG_CACHE_RAM -u LLAMA_ARG_N_PARALLEL '/opt/my llama/llama-server' --alias "
                        + "'it'\\''s' --jinja --model base=1.gguf --rwkv-ms-sidecar '\u00e9.gguf' --slot-save-path s "
                        + "--parallel 1 --batch-size 2" + RIGHT);
    }

    @Test
    void filesThatAreNotNamedStayAway() {
        assertThat(corrected(Map.of("LLAMA_RWKV_MS", "1", "LLAMA_ARG_MODEL", "m"), "llama-server", "--slot-save-path"))
                .isEqualTo("llama-server --parallel 1 --batch-size 2" + RIGHT);
    }

    @Test
    void aLaunchWithoutASidecarStaysAsItIs() {
        assertThat(corrected(Map.of("LLAMA_ARG_N_PARALLEL", "4"), "llama-server", "-np", "8", "--verbose", "-m", "m",
                "-cb", "-md", "draft")).isEqualTo("llama-server -np 8 --verbose -m m -cb -md draft");
    }

    /** Refused words are removed, unjudged ones and warnings stay, a joined word becomes two. */
    @Test
    void optionsThatNoLauncherHas() {
        assertThat(corrected(Map.of("LLAMA_ARG_EMBEDDINGS", "1", "LLAMA_ARG_PORT", "9", "LLAMA_ARG_RPC", "h:1"),
                "llama-server",
                "--rwkv-ms-sidecar", "x", "--lora", "l.gguf", "--tomorrow", "1", "--control-vector-layer-range", "1",
                "2",
                "--port=8080", "--metrics=1", "-ctk", "q8_0", "--sleep-idle-seconds", "300", "--spec-type", "none",
                "--rpc", "h:2", "--gpt-oss-20b-default", "stray", "--alias"))
                .isEqualTo(
                        "env -u LLAMA_ARG_EMBEDDINGS llama-server --tomorrow 1 --port 8080 --metrics -ctk q8_0 --rpc h:2 stray "
                                + "--rwkv-ms-sidecar x --parallel 1 --batch-size 2" + RIGHT);
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 2", "3, 3", "many, 2", "-4, 2", "123456789, 123456789", "1234567890, 2"})
    void aBatchThatIsLargeEnoughStays(String given, String batch) {
        assertThat(corrected(Map.of(), "llama-server", "--rwkv-ms-sidecar", "x", "-b", given))
                .isEqualTo("llama-server --rwkv-ms-sidecar x --parallel 1 --batch-size " + batch + RIGHT);
    }
}
