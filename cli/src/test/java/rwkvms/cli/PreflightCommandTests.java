package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
    }

    @Test
    void aWrongOneIsRefusedAndCorrected() throws IOException {
        GateRun run = launch("-md", "draft.gguf");
        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out())
                .isEqualToNormalizingNewlines("REFUSED NO_SPECULATION -md: expected it to be absent, found "
                        + "-md draft.gguf: rejected draft tokens are taken back, and the memory cannot take back\n");
        GateRun corrected = run("--env", "LLAMA_ARG_SPEC_TYPE=draft-mtp", "--json",
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
        GateRun run = run("--env", "GGUF_RWKV_MS_SIDECAR_PATH=" + sidecar, "--env",
                "LLAMA_PARALLEL=2", "--json", "--", "-m", model);
        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.json().path("errors")).singleElement().satisfies(error -> assertThat(error.asText())
                .startsWith("--parallel: expected 1, found --parallel 2: the memory holds one sequence"));
        assertThat(run.json().path("sidecar").asBoolean()).isTrue();
    }

    @Test
    void theCorrectedCommandIsPrintedWhereItIsAskedFor() {
        GateRun right = run("--corrected", "--", "llama-server", "-m", model,
                "--alias",
                "two words");
        assertThat(right).isEqualTo(new GateRun(ExitCode.PASSED,
                "llama-server -m " + model + " --alias 'two words'" + System.lineSeparator(), ""));
        GateRun wrong = run("--corrected", "--", "llama-server", "-m", model,
                "--rwkv-ms-sidecar", sidecar, "--slot-save-path", "slots", "-np", "1", "-b", "2", "-ub", "4",
                "--no-cont-batching", "--no-context-shift", "--no-cache-prompt", "--no-cache-idle-slots", "--cache-ram",
                "0", "--ctx-checkpoints", "0");
        assertThat(wrong.code()).isEqualTo(ExitCode.FAILED);
        assertThat(wrong.out().lines().toList()).satisfiesExactly(
                finding -> assertThat(finding).startsWith("REFUSED ONE_TOKEN_UBATCH "),
                better -> assertThat(better).isEqualTo("llama-server --model " + model + " --rwkv-ms-sidecar " + sidecar
                        + " --slot-save-path slots --parallel 1 --batch-size 2 --ubatch-size 1 --no-cont-batching"
                        + " --no-context-shift --no-cache-prompt --no-cache-idle-slots --cache-ram 0"
                        + " --ctx-checkpoints 0"));
    }

    @Test
    void aServerWithoutASidecarMayDoAsItLikes() throws IOException {
        GateRun run = run("--", "llama-server", "-m", model, "-np", "4");
        assertThat(run).isEqualTo(new GateRun(ExitCode.PASSED,
                "passed: llama-server runs no sidecar" + System.lineSeparator(), ""));
        assertThat(run("--json", "--", "llama-server", "-m", model).own())
                .hasToString(
                        "{\"ok\":true,\"errors\":[],\"not_evaluated\":[],\"sidecar\":false,\"findings\":[],\"corrected\":\"llama-server -m "
                                + model + "\"}");
    }

    /** Neither passed nor accused: what a wrapper starts is not read, and an unknown word may ask for a sidecar. */
    @Test
    void anotherProgramAndAnUnknownWordAreNotJudged() {
        assertThat(run("--", "sh", "-c", "exec llama-server -m " + model)).isEqualTo(
                new GateRun(ExitCode.COULD_NOT_JUDGE,
                        String.format("NOT EVALUATED PROGRAM_READ sh: expected llama-server, "
                                + "found another program: what it starts, and with which words, cannot be told%n"
                                + "NOT JUDGED: sh: 1 not evaluated%n"),
                        ""));
        assertThat(run("--", "llama-server", "-m", model, "--tomorrow", "1").code())
                .isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run("--", "llama-server", "-m", model, "--rwkv-ms-sidcar", sidecar, "-np", "4").code())
                .isEqualTo(ExitCode.FAILED);
    }

    /** A warning passes. */
    @Test
    void everyFindingHasItsFields() throws IOException {
        Object[] words = {"--json", "--report", folder.resolve("report"), "--",
                "llama-server", "-m", model, "--rwkv-ms-sidecar", sidecar, "--parallel", "1", "--batch-size", "2",
                "--ubatch-size", "1", "--no-cont-batching", "--no-context-shift", "--no-cache-prompt",
                "--no-cache-idle-slots", "--cache-ram", "0", "--ctx-checkpoints", "0"};
        GateRun run = run(words);
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
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

    /** The server's files are judged, the system's and the user's. */
    @Test
    void configFilesAreJudged() throws IOException {
        Path user = Files.createDirectories(folder.resolve("llama.cpp")).resolve("config.ini");
        Files.writeString(user, "port = 9\nspec-type = ngram-mod\n");
        assertThat(launch()).isEqualTo(new GateRun(ExitCode.FAILED, "REFUSED NO_SPECULATION " + user
                + ":2: spec-type: expected none, found spec-type = ngram-mod: rejected draft tokens are taken back, and the "
                + "memory cannot take back" + System.lineSeparator(), ""));
        Files.delete(user);
        Files.writeString(folder.resolve("system.ini"), "mmproj = p.gguf\n");
        assertThat(launch().out()).startsWith("REFUSED TEXT_ONLY " + folder.resolve("system.ini") + ":1: mmproj: ");
    }

    /** An unknown option is neither right nor wrong. */
    @Test
    void whatNobodyHasJudgedIsNoPass() {
        GateRun run = launch("--tomorrow", "1");
        assertThat(run.out().lines()).containsExactly(
                "NOT EVALUATED OPTION_JUDGED --tomorrow: expected an option of llama-server's, found none: nobody has judged "
                        + "what it does to a memory",
                "NOT JUDGED: llama-server: 1 not evaluated");
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        GateRun wrong = launch("--tomorrow", "1", "--lora", "l.gguf");
        assertThat(wrong.code()).isEqualTo(ExitCode.FAILED);
        assertThat(wrong.out()).contains("REFUSED BASE_AS_HASHED --lora: ", "NOT EVALUATED ")
                .doesNotContain("NOT JUDGED");
    }

    @Test
    void whatNobodyHasJudgedIsInJsonAndReport() throws IOException {
        Path report = folder.resolve("report");
        Object[] words = {"--json", "--report", report, "--env", "LLAMA_ARG_TOMORROW=1", "--", "llama-server", "-m",
                model,
                "--rwkv-ms-sidecar", sidecar};
        GateRun run = run(GateRun.with(words, (Object[]) RIGHT));
        assertThat(run.code()).isEqualTo(ExitCode.COULD_NOT_JUDGE);
        assertThat(run.json().path("ok").booleanValue()).isFalse();
        assertThat(run.json().path("errors")).singleElement().satisfies(error -> assertThat(error.textValue())
                .startsWith("LLAMA_ARG_TOMORROW: not evaluated: expected a variable of llama-server's, found none: "));
        assertThat(run.json().path("not_evaluated")).singleElement().satisfies(missed -> assertThat(missed.textValue())
                .startsWith("LLAMA_ARG_TOMORROW: expected a variable of llama-server's, found none: "));
        assertThat(run.json().path("findings").path(0).path("refuses").booleanValue()).isFalse();
        assertThat(run.json().path("findings").path(0).path("evaluated").booleanValue()).isFalse();
        assertThat(report.resolve("summary.md")).content().contains("- not evaluated: `LLAMA_ARG_TOMORROW`",
                "  - expected a variable of llama-server's, found none: ");
    }

    /** A corrected command passes if it could change everything that was wrong. */
    @Test
    void aCorrectedCommandPasses() throws IOException {
        GateRun wrong = launch("--lora", "l.gguf", "--sleep-idle-seconds", "300", "--port", "9");
        Object[] better = wrongWords(wrong, "--lora", "l.gguf", "--sleep-idle-seconds", "300", "--port", "9");
        assertThat(run(better).code()).isEqualTo(ExitCode.PASSED);
    }

    private Object[] wrongWords(GateRun wrong, Object... more) throws IOException {
        assertThat(wrong.code()).isEqualTo(ExitCode.FAILED);
        Object[] start = {"--json", "--", "llama-server", "-m", model, "--rwkv-ms-sidecar", sidecar};
        String line = run(GateRun.with(GateRun.with(start, (Object[]) RIGHT), more)).json().path("corrected").asText();
        return GateRun.with(new Object[]{"--"}, (Object[]) line.split(" "));
    }

    private GateRun launch(String... more) {
        Object[] start = {"--", "llama-server", "-m", model, "--rwkv-ms-sidecar", sidecar};
        return run(GateRun.with(GateRun.with(start, (Object[]) RIGHT), (Object[]) more));
    }

    /** Runs the command without this machine's own files. */
    private GateRun run(Object... words) {
        Object[] start = {"preflight", "--clean-env", "--system-config", folder.resolve("system.ini"), "--env",
                "XDG_CONFIG_HOME=" + folder};
        return GateRun.of(GateRun.with(start, words));
    }
}
