package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

/** What llama.cpp's two config.ini files add to a correct command. */
class ConfigFilesTests {
    private static final List<String> RIGHT = List.of("--parallel", "1", "--batch-size", "2", "--ubatch-size", "1",
            "--no-cont-batching", "--no-context-shift", "--no-cache-prompt", "--no-cache-idle-slots", "--cache-ram",
            "0",
            "--ctx-checkpoints", "0", "--slot-save-path", "slots");

    @TempDir
    private Path folder;
    private Path system = Path.of("");
    private Path user = Path.of("");
    private String model = "";
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void files() throws IOException {
        model = Files.writeString(folder.resolve("base.gguf"), "m").toString();
        system = folder.resolve("config.ini");
        user = Files.createDirectories(folder.resolve("xdg/llama.cpp")).resolve("config.ini");
        environment.put("XDG_CONFIG_HOME", folder.resolve("xdg").toString());
    }

    @Test
    void noFilesAddNothing() {
        assertThat(check()).isEmpty();
        assertThat(ConfigFiles.none().settings()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"spec-type = ngram-mod, NO_SPECULATION", "LLAMA_ARG_SPEC_TYPE = ngram-mod, NO_SPECULATION",
            "md = d.gguf, NO_SPECULATION", "model-draft = d.gguf, NO_SPECULATION", "mmproj = p.gguf, TEXT_ONLY",
            "mm = p.gguf, TEXT_ONLY", "mmproj-url = http://h/p, TEXT_ONLY", "mmproj-auto = on, TEXT_ONLY",
            "no-mmproj = 0, TEXT_ONLY", "LLAMA_ARG_NO_MMPROJ_AUTO = 1, TEXT_ONLY", "cache-reuse = 64, NO_CACHE_REUSE",
            "LLAMA_ARG_CACHE_REUSE = 64, NO_CACHE_REUSE", "hf-repo = a/b, MODEL_FILE", "hf = a/b, MODEL_FILE",
            "gpt-oss-20b-default = 0, MODEL_FILE", "lora = l.gguf, BASE_AS_HASHED",
            "override-kv = gemma4.block_count=int:10, BASE_AS_HASHED", "rope-freq-base = 5000, BASE_AS_HASHED",
            "control-vector-layer-range = 1 2, BASE_AS_HASHED", "sleep-idle-seconds = 300, STAYS_LOADED",
            "embedding = off, GENERATES", "pooling = mean, GENERATES", "models-preset = p.ini, ONE_MODEL",
            "spec-of-tomorrow = 1, NO_SPECULATION"})
    void eitherFileIsJudged(String line, LaunchRule rule) throws IOException {
        for (Path file : List.of(system, user)) {
            Files.writeString(file, "# settings\n" + line + "\n");
            assertThat(check()).singleElement().satisfies(finding -> {
                assertThat(finding.rule()).isEqualTo(rule);
                assertThat(finding.refuses()).isTrue();
                assertThat(finding.place()).isEqualTo(file + ":2: " + line.substring(0, line.indexOf(' ')));
            });
            Files.delete(file);
        }
    }

    @Test
    void aFindingNamesFileLineAndKey() throws IOException {
        Files.writeString(user, "[*]\nspec-type = draft-mtp ; fast\n");
        assertThat(check()).extracting(LaunchFinding::toString).containsExactly("REFUSED NO_SPECULATION " + user
                + ":2: spec-type: expected none, found spec-type = draft-mtp: rejected draft tokens are taken back, and the "
                + "memory cannot take back");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"spec-type = none", "threads = 8", "t = 8", "port = 9", "temp = 0", "cache-reuse = 0", "mmproj =",
            "mmproj-auto = off", "mmproj-auto = maybe", "no-mmproj = 1", "LLAMA_ARG_NO_MMPROJ_AUTO = 0", "version = 1",
            "sleep-idle-seconds = -1", "parallel = 1", "hellaswag = 1", "stop-timeout = 3", "cache-type-k = f16",
            "HF_TOKEN = secret", "log-jsonl = on"})
    void whatIsRightPasses(String line) throws IOException {
        Files.writeString(user, line);
        assertThat(check()).isEmpty();
    }

    /** llama-server ignores other sections, the first of two equal sections, and keys that a later one replaces. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"[llama-server]~spec-type = x", "spec-type = x~[default]~port = 1", "[*]~spec-type = x~[*]~port = 1",
            "spec-type = x~spec-type = none", "[Default]~mmproj = p.gguf"})
    void whatTheServerDoesNotTakePasses(String text) throws IOException {
        Files.writeString(user, text.replace('~', '\n'));
        assertThat(check()).isEmpty();
    }

    /** Every file and section with the setting is reported, in the order of application: the last one wins. */
    @Test
    void theUsersDefaultSectionWins() throws IOException {
        Files.writeString(system, "cache-reuse = 1\n[*]\ncache-reuse = 2\n");
        Files.writeString(user, "[*]\ncache-reuse = 3\n[default]\ncache-reuse = 0\n");
        assertThat(check()).extracting(LaunchFinding::toString).map(text -> text.replaceFirst(": [^:]*$", ""))
                .containsExactly(overridden(system + ":3: ", 2, user + ":4: cache-reuse"),
                        overridden(system + ":1: ", 1, user + ":4: cache-reuse"),
                        overridden(user + ":2: ", 3, user + ":4: cache-reuse"));
        Files.writeString(user, "[*]\ncache-reuse = 3\n");
        assertThat(check()).extracting(LaunchFinding::place).containsExactly(user + ":2: cache-reuse");
    }

    private static String overridden(String line, int value, String winner) {
        return "WARNING NO_CACHE_REUSE " + line + "cache-reuse: expected 0, found cache-reuse = " + value + ", which "
                + winner + " overrides";
    }

    /** Keys are applied in alphabetical order, not in the order of their lines. */
    @Test
    void theLastNameOfAnOptionWins() throws IOException {
        Files.writeString(user, "parallel = 4\nnp = 1\n");
        assertThat(check(without("--parallel", "1"))).extracting(LaunchFinding::place)
                .containsExactly(user + ":1: parallel");
    }

    /** The command overrides the environment, which overrides the files. */
    @Test
    void commandsAndVariablesOverrideFiles() throws IOException {
        Files.writeString(user, "np = 4\n");
        assertThat(check()).extracting(LaunchFinding::toString).containsExactly("WARNING ONE_SEQUENCE " + user
                + ":1: np: expected 1, found np = 4, which the command line overrides: the memory holds one sequence: a "
                + "second slot would read and write the first one's state");
        environment.put("LLAMA_ARG_N_PARALLEL", "1");
        assertThat(check(without("--parallel", "1"))).singleElement()
                .satisfies(finding -> assertThat(finding.refuses()).isFalse())
                .satisfies(finding -> assertThat(finding.found())
                        .isEqualTo("np = 4, which LLAMA_ARG_N_PARALLEL overrides"));
        environment.put("LLAMA_ARG_N_PARALLEL", "2");
        assertThat(check(without("--parallel", "1"))).extracting(LaunchFinding::refuses).containsExactly(true);
    }

    /** Types of speculation add up: "none" on the command line does not remove one of a file. */
    @Test
    void noneDoesNotOverrideAType() throws IOException {
        Files.writeString(user, "spec-type = ngram-mod\n");
        List<String> words = new ArrayList<>(RIGHT);
        words.addAll(List.of("--spec-type", "none"));
        assertThat(check(words)).extracting(LaunchFinding::place).containsExactly(user + ":1: spec-type");
    }

    @Test
    void aFileMayAskForTheSidecar() throws IOException {
        Files.writeString(system, "rwkv-ms-sidecar = " + model + "\n");
        Launch launch = Launch.of(List.of("llama-server", "-m", model), environment, configuration());
        assertThat(launch.runsSidecar()).isTrue();
        assertThat(Preflight.check(launch)).extracting(LaunchFinding::rule).contains(LaunchRule.ONE_SEQUENCE);
    }

    /** So does an unknown key that looks like it; a folder's name does not. */
    @ParameterizedTest
    @CsvSource({"rwkv-ms-sidecar-file", "rwkv_ms_sidecar", "RWKV-MS-SIDECAR", "LLAMA_ARG_RWKV_MS_SIDECAR"})
    void aKeyThatLooksLikeASidecar(String key) throws IOException {
        system = Files.createDirectory(folder.resolve("rwkv")).resolve("config.ini");
        Files.writeString(system, key + " = s\n");
        Launch launch = Launch.of(List.of("llama-server", "-m", model), environment, configuration());
        assertThat(Preflight.check(launch)).extracting(LaunchFinding::rule).contains(LaunchRule.ONE_SEQUENCE,
                LaunchRule.OPTION_JUDGED);
        Files.writeString(system, "tomorrow = s\n");
        Launch plain = Launch.of(List.of("llama-server", "-m", model), environment, configuration());
        assertThat(Preflight.check(plain)).extracting(LaunchFinding::rule).containsExactly(LaunchRule.OPTION_JUDGED);
    }

    @Test
    void anUnknownKeyIsNamed() throws IOException {
        Files.writeString(user, "spec_type = x\nkey-of-tomorrow = 1\n");
        assertThat(check()).extracting(LaunchFinding::toString).containsExactly(
                "NOT EVALUATED OPTION_JUDGED " + user
                        + ":2: key-of-tomorrow: expected an option of llama.cpp's, found none: "
                        + "nobody has judged what it does to a memory",
                "NOT EVALUATED OPTION_JUDGED " + user + ":1: spec_type: expected an option of llama.cpp's, found none: "
                        + "nobody has judged what it does to a memory");
    }

    @Test
    void aFileThatTheServerRefusesIsNamed() throws IOException {
        Files.writeString(user, "port = 1\n--spec-type = x\n");
        assertThat(check()).extracting(LaunchFinding::toString).containsExactly("NOT EVALUATED SETTINGS_READ " + user
                + ":2: expected 'key = value', '[section]' or a comment, found '--spec-type = x': llama-server takes settings "
                + "from there before it looks at variables and options");
        Files.write(user, "alias = \u00f6".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(check()).extracting(LaunchFinding::place, LaunchFinding::found)
                .containsExactly(tuple(user.toString(), "other bytes"));
        assertThat(check()).allMatch(LaunchFinding::misses);
    }

    /** It might ask for a sidecar. */
    @Test
    void aFileThatCannotBeReadIsNamedWithoutASidecar() throws IOException {
        Files.createDirectory(user);
        assertThat(Preflight.check(Launch.of(List.of("llama-server", "-m", model), environment, configuration())))
                .extracting(LaunchFinding::message)
                .containsExactly(user + ": expected a readable file, or none, found no "
                        + "regular file: llama-server takes settings from there before it looks at variables and options");
    }

    @Test
    void aFileOfAnyLengthIsNotRead() throws IOException {
        Files.write(user, new byte[(int) ConfigFiles.MAX_BYTES + 1]);
        assertThat(check()).extracting(LaunchFinding::expected, LaunchFinding::found)
                .containsExactly(tuple("at most 1048576 bytes", "1048577 bytes"));
        Files.writeString(user, "#".repeat((int) ConfigFiles.MAX_BYTES));
        assertThat(check()).isEmpty();
    }

    /** As in an inaccessible folder: whether there is a file is unknown. A broken link is no file. */
    @Test
    void aPlaceThatCannotBeLookedAt() throws IOException {
        Files.createSymbolicLink(user, user.getFileName());
        assertThat(check()).extracting(LaunchFinding::place, LaunchFinding::found)
                .containsExactly(tuple(user.toString(), "a place that cannot be looked at"));
        Files.delete(user);
        Files.createSymbolicLink(user, Path.of("absent"));
        assertThat(check()).isEmpty();
    }

    /** {@code env} before the server can change where its files are. */
    @Test
    void aPrefixSaysWhereTheFilesLie() throws IOException {
        Files.writeString(user, "spec-type = ngram-mod\n");
        List<String> words = new ArrayList<>(
                List.of("env", "XDG_CONFIG_HOME=" + environment.remove("XDG_CONFIG_HOME")));
        words.addAll(command(RIGHT));
        environment.put("HOME", folder.toString());
        assertThat(Preflight.check(Launch.of(words, environment, system))).extracting(LaunchFinding::place)
                .containsExactly(user + ":1: spec-type");
        assertThat(Preflight.check(Launch.of(command(RIGHT), environment, system))).isEmpty();
    }

    @Test
    void aNameThatNoFileHas() {
        environment.put("XDG_CONFIG_HOME", "a\0b");
        assertThat(check()).extracting(LaunchFinding::found).containsExactly("a name that no file has");
    }

    @Test
    void theUsersFolder() {
        assertThat(ConfigFiles.ofUser(Map.of("XDG_CONFIG_HOME", "/x", "HOME", "/h")))
                .isEqualTo("/x/llama.cpp/config.ini");
        assertThat(ConfigFiles.ofUser(Map.of("XDG_CONFIG_HOME", "", "HOME", "/h")))
                .isEqualTo("/h/.config/llama.cpp/config.ini");
        assertThat(ConfigFiles.ofUser(Map.of("HOME", "")))
                .isEqualTo(System.getProperty("user.home") + "/.config/llama.cpp/config.ini");
    }

    /** Findings that another value can correct are corrected by an option at the end; the others stay. */
    @Test
    void aCorrectedCommandOverridesFiles() throws IOException {
        Files.writeString(system, "cache-reuse = 64\nmmproj = p.gguf\nmmproj-auto = on\nparallel = 4\nthreads = 3\n");
        Files.writeString(user, "sleep-idle-seconds = 300\ncache-reuse = 9\nmodel-url =\n");
        Launch launch = Launch.of(command(RIGHT), environment, configuration());
        List<String> corrected = CorrectedCommand.of(launch);
        assertThat(CorrectedCommand.line(corrected))
                .endsWith(" --ctx-checkpoints 0 --cache-reuse 0 --mmproj '' --no-mmproj "
                        + "--sleep-idle-seconds -1");
        Launch again = Launch.of(corrected, environment, configuration());
        assertThat(Preflight.check(again)).isNotEmpty().noneMatch(LaunchFinding::refuses);
        assertThat(CorrectedCommand.of(again)).isEqualTo(corrected);
        Files.writeString(user, "spec-type = ngram-mod\n");
        Launch beyond = Launch.of(command(RIGHT), environment, configuration());
        assertThat(CorrectedCommand.of(beyond)).doesNotContain("--spec-type");
    }

    private List<LaunchFinding> check() {
        return check(RIGHT);
    }

    private List<LaunchFinding> check(List<String> right) {
        return Preflight.check(Launch.of(command(right), environment, configuration()));
    }

    private List<String> command(List<String> right) {
        List<String> words = new ArrayList<>(List.of("llama-server", "-m", model, "--rwkv-ms-sidecar", model));
        words.addAll(right);
        return words;
    }

    private static List<String> without(String option, String value) {
        List<String> words = new ArrayList<>(RIGHT);
        words.remove(option);
        words.remove(value);
        return words;
    }

    private ConfigFiles configuration() {
        return ConfigFiles.of(environment, system);
    }
}
