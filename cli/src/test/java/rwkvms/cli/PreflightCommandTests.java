package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.report.Verdict;

/** {@code gate preflight} as its users see it. */
class PreflightCommandTests {
    private static final String[] RIGHT = {"--parallel", "1", "--batch-size", "2", "--ubatch-size", "1",
            "--no-cont-batching", "--no-context-shift", "--no-cache-prompt", "--no-cache-idle-slots", "--cache-ram",
            "0", "--ctx-checkpoints", "0", "--slot-save-path", "slots"};

    @TempDir
    private Path folder;
    private String model = "";
    private String sidecar = "";

    @BeforeEach
    void files() throws IOException {
        model = Files.writeString(folder.resolve("base.gguf"), "m").toString();
        sidecar = Files.writeString(folder.resolve("s.gguf"), "s").toString();
    }

    @Test
    void aRightCommandPasses() {
        GateRun run = launch();
        assertThat(run.out()).isEqualToNormalizingNewlines("passed: llama-server runs the sidecar as it must\n");
        assertThat(run.code()).isEqualTo(Verdict.PASSED);
    }

    @Test
    void aWrongOneIsRefusedAndCorrected() throws IOException {
        GateRun run = launch("-md", "draft.gguf");
        assertThat(run.code()).isEqualTo(Verdict.FAILED);
        assertThat(run.out())
                .isEqualToNormalizingNewlines("REFUSED NO_SPECULATION -md: expected it to be absent, found "
                        + "-md: rejected draft tokens are taken back, and the memory cannot take back\n");
        GateRun corrected = GateRun.of("preflight", "--clean-env", "--env", "LLAMA_ARG_SPEC_TYPE=draft-mtp", "--json",
                "--", "llama-server", "-m", model, "--rwkv-ms-sidecar", sidecar, "--alias", "two words", "-np", "4");
        assertThat(corrected.json().path("corrected").asText()).isEqualTo("env -u LLAMA_ARG_SPEC_TYPE llama-server "
                + "--alias 'two words' --model " + model + " --rwkv-ms-sidecar " + sidecar + " --parallel 1 "
                + "--batch-size 2 --ubatch-size 1 --no-cont-batching --no-context-shift --no-cache-prompt "
                + "--no-cache-idle-slots --cache-ram 0 --ctx-checkpoints 0");
        assertThat(corrected.json().path("findings").findValuesAsText("rule")).containsExactly("ONE_SEQUENCE",
                "ONE_TOKEN_UBATCH", "NO_CONT_BATCHING", "NO_CONTEXT_SHIFT", "NO_CACHE_PROMPT", "NO_CACHE_IDLE_SLOTS",
                "NO_CACHE_RAM", "NO_CHECKPOINTS", "NO_SPECULATION", "SLOTS_SAVED");
    }

    @Test
    void theLaunchersVariables() throws IOException {
        GateRun run = GateRun.of("preflight", "--clean-env", "--env", "GGUF_RWKV_MS_SIDECAR_PATH=" + sidecar, "--env",
                "LLAMA_PARALLEL=2", "--json", "--", "-m", model);
        assertThat(run.code()).isEqualTo(Verdict.FAILED);
        assertThat(run.json().path("errors")).singleElement().satisfies(error -> assertThat(error.asText())
                .startsWith("--parallel: expected 1, found --parallel 2: the memory holds one sequence"));
        assertThat(run.json().path("sidecar").asBoolean()).isTrue();
    }

    @Test
    void theCorrectedCommandIsPrintedWhereItIsAskedFor() {
        GateRun right = GateRun.of("preflight", "--clean-env", "--corrected", "--", "llama-server", "-m", model,
                "--alias",
                "two words");
        assertThat(right).isEqualTo(new GateRun(Verdict.PASSED,
                "llama-server -m " + model + " --alias 'two words'" + System.lineSeparator(), ""));
        GateRun wrong = GateRun.of("preflight", "--clean-env", "--corrected", "--", "llama-server", "-m", model,
                "--rwkv-ms-sidecar", sidecar, "--slot-save-path", "slots", "-np", "1", "-b", "2", "-ub", "4",
                "--no-cont-batching", "--no-context-shift", "--no-cache-prompt", "--no-cache-idle-slots", "--cache-ram",
                "0", "--ctx-checkpoints", "0");
        assertThat(wrong.code()).isEqualTo(Verdict.FAILED);
        assertThat(wrong.out().lines().toList()).satisfiesExactly(
                finding -> assertThat(finding).startsWith("REFUSED ONE_TOKEN_UBATCH "),
                better -> assertThat(better).isEqualTo("llama-server --model " + model + " --rwkv-ms-sidecar " + sidecar
                        + " --slot-save-path slots --parallel 1 --batch-size 2 --ubatch-size 1 --no-cont-batching"
                        + " --no-context-shift --no-cache-prompt --no-cache-idle-slots --cache-ram 0"
                        + " --ctx-checkpoints 0"));
    }

    @Test
    void aServerWithoutASidecarMayDoAsItLikes() throws IOException {
        GateRun run = GateRun.of("preflight", "--clean-env", "--", "llama-server", "-m", model, "-np", "4");
        assertThat(run).isEqualTo(new GateRun(Verdict.PASSED,
                "passed: llama-server runs no sidecar" + System.lineSeparator(), ""));
        assertThat(GateRun.of("preflight", "--clean-env", "--json", "--", "llama-server", "-m", model).json())
                .hasToString(
                        "{\"ok\":true,\"errors\":[],\"sidecar\":false,\"findings\":[],\"corrected\":\"llama-server -m "
                                + model + "\"}");
    }

    /** What is no fault of the command is a warning, and passes. */
    @Test
    void everyFindingHasItsFields() throws IOException {
        Object[] words = {"preflight", "--clean-env", "--json", "--report", folder.resolve("report"), "--",
                "llama-server", "-m", model, "--rwkv-ms-sidecar", sidecar, "--parallel", "1", "--batch-size", "2",
                "--ubatch-size", "1", "--no-cont-batching", "--no-context-shift", "--no-cache-prompt",
                "--no-cache-idle-slots", "--cache-ram", "0", "--ctx-checkpoints", "0"};
        GateRun run = GateRun.of(words);
        assertThat(run.code()).isEqualTo(Verdict.PASSED);
        assertThat(run.json().path("ok").booleanValue()).isTrue();
        assertThat(run.json().path("errors")).isEmpty();
        assertThat(run.json().path("findings")).singleElement().satisfies(finding -> {
            assertThat(finding.path("rule").textValue()).isEqualTo("SLOTS_SAVED");
            assertThat(finding.path("refuses").booleanValue()).isFalse();
            assertThat(finding.path("place").textValue()).isEqualTo("--slot-save-path");
            assertThat(finding.path("reason").textValue())
                    .isEqualTo("without a folder for slots no session can be saved");
            assertThat(finding.path("expected").textValue()).isNotEmpty();
            assertThat(finding.path("found").textValue()).isNotEmpty();
        });
    }

    private GateRun launch(String... more) {
        Object[] start = {"preflight", "--clean-env", "--", "llama-server", "-m", model, "--rwkv-ms-sidecar", sidecar};
        Object[] all = new Object[start.length + RIGHT.length + more.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(RIGHT, 0, all, start.length, RIGHT.length);
        System.arraycopy(more, 0, all, start.length + RIGHT.length, more.length);
        return GateRun.of(all);
    }
}
