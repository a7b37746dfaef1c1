package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.live.preflight.LaunchFinding.Weight;

/** The launcher's variables: its defaults, its order of arguments, and each of its refusals. */
class LauncherVariablesTests {
    @TempDir
    private Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private List<String> model = List.of();

    @BeforeEach
    void files() throws IOException {
        model = List.of("-m", Files.writeString(folder.resolve("base.gguf"), "m").toString());
        environment.put("GGUF_RWKV_MS_SIDECAR_PATH", Files.writeString(folder.resolve("s.gguf"), "s").toString());
    }

    @Test
    void defaultsWithASidecar() {
        assertThat(Preflight.checkLauncher(model, environment, ConfigFiles.none())).isEmpty();
        assertThat(String.join(" ",
                LauncherVariables.launch(List.of("--verbose"), environment, ConfigFiles.none()).arguments()))
                .isEqualTo("--alias gemma-4-e4b-it-rwkv-ms-q8 --host 127.0.0.1 --port 8080 --ctx-size 8192 "
                        + "--batch-size 2 --ubatch-size 1 --n-gpu-layers 999 --parallel 1 --jinja --reasoning off "
                        + "--rwkv-ms-sidecar " + folder.resolve("s.gguf") + " --no-cont-batching --no-context-shift "
                        + "--no-cache-prompt --no-cache-idle-slots --cache-ram 0 --ctx-checkpoints 0 --slot-save-path "
                        + ".openresearch/artifacts/gguf_ui/slots --verbose");
    }

    @Test
    void defaultsWithoutASidecar() {
        Map<String, String> base = Map.of("LLAMA_SERVER_BIN", "/opt/llama-server", "LLAMA_CONT_BATCHING", "1");
        Launch launch = LauncherVariables.launch(List.of(), base, ConfigFiles.none());
        assertThat(launch.program()).isEqualTo("/opt/llama-server");
        assertThat(launch.runsSidecar()).isFalse();
        assertThat(String.join(" ", launch.arguments())).isEqualTo("--alias gemma-4-e4b-it-q8 --host 127.0.0.1 "
                + "--port 8080 --ctx-size 8192 --batch-size 2048 --ubatch-size 512 --n-gpu-layers 999 --parallel -1 "
                + "--jinja --reasoning off --cont-batching");
        assertThat(Preflight.checkLauncher(model, base, ConfigFiles.none())).isEmpty();
    }

    @Test
    void whatIsGivenStandsInItsPlace() {
        environment.put("LLAMA_REASONING_BUDGET", "7");
        environment.put("LLAMA_SLOT_SAVE_PATH", "mine");
        environment.put("LLAMA_PORT", "9");
        assertThat(String.join(" ", LauncherVariables.launch(List.of(), environment, ConfigFiles.none()).arguments()))
                .contains(" --port 9 --ctx-size ")
                .endsWith(" --ctx-checkpoints 0 --reasoning-budget 7 --slot-save-path mine");
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"LLAMA_PARALLEL, 2, ONE_SEQUENCE", "LLAMA_BATCH_SIZE, 1, BATCH",
            "LLAMA_CONT_BATCHING, 1, NO_CONT_BATCHING", "LLAMA_CONTEXT_SHIFT, 1, NO_CONTEXT_SHIFT",
            "LLAMA_CACHE_PROMPT, 1, NO_CACHE_PROMPT", "LLAMA_CACHE_IDLE_SLOTS, yes, NO_CACHE_IDLE_SLOTS",
            "LLAMA_CACHE_RAM, 512, NO_CACHE_RAM", "LLAMA_CTX_CHECKPOINTS, 3, NO_CHECKPOINTS",
            "LLAMA_TEXT_ONLY, 0, TEXT_ONLY", "GGUF_RWKV_MS_SIDECAR_PATH, absent.gguf, SIDECAR_FILE"})
    void refusals(String variable, String value, LaunchRule rule) {
        environment.put(variable, value);
        assertThat(Preflight.checkLauncher(model, environment, ConfigFiles.none())).singleElement()
                .satisfies(finding -> assertThat(finding.rule()).isEqualTo(rule))
                .satisfies(finding -> assertThat(finding.refuses()).isTrue());
    }

    @Test
    void aLargerMicrobatchIsMendedWithAWarning() {
        environment.put("LLAMA_UBATCH_SIZE", "8");
        assertThat(Preflight.checkLauncher(model, environment, ConfigFiles.none())).extracting(LaunchFinding::toString)
                .containsExactly(
                        "WARNING ONE_TOKEN_UBATCH LLAMA_UBATCH_SIZE: expected 1, found 8, which the launcher replaces by 1: on "
                                + "a GPU the products of more than one token are rounded to TF32 or BF16, which misses 1e-5");
    }

    @Test
    void theSwitchAloneNeedsAPath() {
        assertThat(Preflight.checkLauncher(model, Map.of("LLAMA_RWKV_MS", "yes"), ConfigFiles.none()))
                .extracting(LaunchFinding::rule)
                .containsExactly(LaunchRule.SIDECAR_FILE);
    }

    /** Refused even with the launcher's own value, because extra arguments are meant to change something. */
    @ParameterizedTest
    @CsvSource({"-np 1", "--ubatch-size 1", "-b 2", "--no-cont-batching", "-nocb", "--no-mmproj", "--no-mmproj-auto",
            "--cache-reuse 0", "--slot-save-path s", "--cache-ram 0", "-ctxcp 0", "--no-cache-prompt"})
    void theLaunchersOptionsAreNotForTheExtraArguments(String words) {
        List<String> extra = new ArrayList<>(model);
        extra.addAll(List.of(words.split(" ")));
        assertThat(Preflight.checkLauncher(extra, environment, ConfigFiles.none())).singleElement()
                .satisfies(finding -> assertThat(finding.rule()).isEqualTo(LaunchRule.LAUNCHER_OPTION));
    }

    @Test
    void speculationAmongTheExtraArguments() {
        List<String> extra = new ArrayList<>(model);
        extra.addAll(List.of("-md", "draft.gguf"));
        assertThat(Preflight.checkLauncher(extra, environment, ConfigFiles.none())).extracting(LaunchFinding::rule)
                .containsExactly(LaunchRule.NO_SPECULATION);
    }

    @Test
    void twoModelsAmongTheExtraArguments() {
        List<String> extra = new ArrayList<>(List.of("-m", "another.gguf"));
        extra.addAll(model);
        assertThat(Preflight.checkLauncher(extra, environment, ConfigFiles.none())).extracting(LaunchFinding::rule)
                .containsExactly(LaunchRule.SET_TWICE);
    }

    /** The launcher's server reads the same files, and its extra arguments are judged like any others. */
    @Test
    void filesAndUnknownExtraArguments() throws IOException {
        Path config = Files.writeString(folder.resolve("config.ini"), "spec-type = ngram-mod\n");
        environment.put("XDG_CONFIG_HOME", folder.resolve("absent").toString());
        List<String> extra = new ArrayList<>(model);
        extra.addAll(List.of("--tomorrow", "1", "--lora", "l.gguf"));
        assertThat(Preflight.checkLauncher(extra, environment, ConfigFiles.of(environment, config)))
                .extracting(LaunchFinding::rule, LaunchFinding::weight, LaunchFinding::place)
                .containsExactly(tuple(LaunchRule.NO_SPECULATION, Weight.REFUSED, config + ":1: spec-type"),
                        tuple(LaunchRule.BASE_AS_HASHED, Weight.REFUSED, "--lora"),
                        tuple(LaunchRule.OPTION_JUDGED, Weight.NOT_EVALUATED, "--tomorrow"));
    }

    /** All faults are reported. */
    @Test
    void anOptionOfTheLauncherBesideTwoModels() {
        List<String> extra = new ArrayList<>(List.of("-m", "another.gguf", "-np", "1"));
        extra.addAll(model);
        assertThat(Preflight.checkLauncher(extra, environment, ConfigFiles.none())).extracting(LaunchFinding::rule)
                .containsExactly(LaunchRule.LAUNCHER_OPTION, LaunchRule.SET_TWICE);
    }

    /** The launcher starts the program that this variable names. */
    @Test
    void anotherProgramOfTheLaunchers() {
        environment.put("LLAMA_SERVER_BIN", "llama-cli");
        assertThat(Preflight.checkLauncher(model, environment, ConfigFiles.none()))
                .extracting(LaunchFinding::rule, LaunchFinding::place)
                .containsExactly(tuple(LaunchRule.PROGRAM_READ, "llama-cli"));
    }
}
