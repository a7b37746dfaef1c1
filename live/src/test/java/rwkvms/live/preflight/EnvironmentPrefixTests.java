package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code env} before a server. */
class EnvironmentPrefixTests {
    private static final Map<String, String> SHELL = Map.of("A", "1", "LLAMA_ARG_N_PARALLEL", "4");

    @ParameterizedTest(name = "{0}")
    @CsvSource({"env s, 4", "env -u LLAMA_ARG_N_PARALLEL s, none", "env -uLLAMA_ARG_N_PARALLEL s, none",
            "env --unset LLAMA_ARG_N_PARALLEL s, none", "env --unset=LLAMA_ARG_N_PARALLEL s, none", "env -i s, none",
            "env - s, none", "env --ignore-environment s, none", "env LLAMA_ARG_N_PARALLEL=1 s, 1",
            "/usr/bin/env -i B=2 LLAMA_ARG_N_PARALLEL=1 s, 1", "env LLAMA_ARG_N_PARALLEL= s, ''", "env -u A s, 4"})
    void whatTheServerSees(String words, String parallel) {
        EnvironmentPrefix prefix = EnvironmentPrefix.of(List.of(words.split(" ")), SHELL);
        assertThat(prefix.command()).containsExactly("s");
        assertThat(prefix.environment().getOrDefault("LLAMA_ARG_N_PARALLEL", "none")).isEqualTo(parallel);
    }

    /** The effect of another option is unknown; its words are reported as not evaluated. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"env", "env A=1", "env -C / s", "env -S s", "env -u", "s -u A", "environment A=1 s",
            "a\0b s"})
    void whatIsNoPrefix(String words) {
        EnvironmentPrefix prefix = EnvironmentPrefix.of(List.of(words.split(" ")), SHELL);
        assertThat(prefix.command()).containsExactly(words.split(" "));
        assertThat(prefix.environment()).isEqualTo(SHELL);
        assertThat(prefix.without(List.of("A"))).containsExactly("env", "-u", "A");
        assertThat(prefix.without(List.of())).isEmpty();
    }

    /** The prefix stays without its refused parts, and the corrected command passes. */
    @Test
    void aCorrectedCommandKeepsIt() {
        List<String> words = List.of("env", "-u", "A", "LLAMA_ARG_SPEC_TYPE=ngram-mod", "LD_LIBRARY_PATH=/opt/l",
                "llama-server",
                "--rwkv-ms-sidecar", "x");
        List<String> corrected = CorrectedCommand.of(Launch.of(words, SHELL, ConfigFiles.none()));
        assertThat(CorrectedCommand.line(corrected)).startsWith(
                "env -u A -u LLAMA_ARG_N_PARALLEL LD_LIBRARY_PATH=/opt/l llama-server --rwkv-ms-sidecar x --parallel 1 ");
        Launch again = Launch.of(corrected, SHELL, ConfigFiles.none());
        assertThat(Preflight.check(again)).extracting(LaunchFinding::rule).containsExactly(LaunchRule.MODEL_FILE,
                LaunchRule.SIDECAR_FILE, LaunchRule.SLOTS_SAVED);
        assertThat(CorrectedCommand.of(again)).isEqualTo(corrected);
        assertThat(CorrectedCommand.of(Launch.of(List.of("env", "B=1", "s", "-np", "4"), Map.of(), ConfigFiles.none())))
                .containsExactly("env", "B=1", "s", "-np", "4");
    }
}
