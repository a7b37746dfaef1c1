package rwkvms.live.preflight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule of the launcher, and what the launcher does not check, on a command of llama-server. */
class PreflightTests {
    private static final String RIGHT = "--parallel 1 --batch-size 2 --ubatch-size 1 --no-cont-batching "
            + "--no-context-shift --no-cache-prompt --no-cache-idle-slots --cache-ram 0 --ctx-checkpoints 0 "
            + "--slot-save-path slots";

    @TempDir
    private Path folder;
    private String files = "";

    @BeforeEach
    void files() throws IOException {
        Path model = Files.writeString(folder.resolve("base.gguf"), "m");
        Path sidecar = Files.writeString(folder.resolve("side.gguf"), "s");
        files = "-m " + model + " --rwkv-ms-sidecar " + sidecar + " ";
    }

    @Test
    void theLaunchersOwnCommandPasses() {
        assertThat(check(files + RIGHT, Map.of())).isEmpty();
    }

    /** Appended to a correct command: the last value wins, as in llama-server. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"--parallel 2, ONE_SEQUENCE", "-np 4, ONE_SEQUENCE", "-np -1, ONE_SEQUENCE",
            "--ubatch-size 512, ONE_TOKEN_UBATCH", "-ub 2, ONE_TOKEN_UBATCH", "--ubatch_size 2, ONE_TOKEN_UBATCH",
            "--batch-size 1, BATCH", "-b 1, BATCH", "-b many, BATCH",
            "--cont-batching, NO_CONT_BATCHING", "-cb, NO_CONT_BATCHING", "--cont_batching, NO_CONT_BATCHING",
            "--context-shift, NO_CONTEXT_SHIFT", "--cache-prompt, NO_CACHE_PROMPT",
            "--cache-idle-slots, NO_CACHE_IDLE_SLOTS", "--cache-ram 8192, NO_CACHE_RAM", "-cram -1, NO_CACHE_RAM",
            "--ctx-checkpoints 32, NO_CHECKPOINTS", "-ctxcp 1, NO_CHECKPOINTS", "--swa-checkpoints 1, NO_CHECKPOINTS",
            "--cache-reuse 256, NO_CACHE_REUSE", "--mmproj p.gguf, TEXT_ONLY", "-mm p.gguf, TEXT_ONLY",
            "--mmproj-url http://h/p, TEXT_ONLY", "-mmu http://h/p, TEXT_ONLY", "--mmproj-auto, TEXT_ONLY",
            "--model-draft d.gguf, NO_SPECULATION", "-md d.gguf, NO_SPECULATION", "--draft 8, NO_SPECULATION",
            "--draft-max 8, NO_SPECULATION", "--draft-min 1, NO_SPECULATION", "--draft_n 4, NO_SPECULATION",
            "--spec-type ngram-mod, NO_SPECULATION", "--spec-default, NO_SPECULATION", "--mtp, NO_SPECULATION",
            "--eagle3, NO_SPECULATION", "--spec-of-tomorrow 1, NO_SPECULATION", "-hfd a/b, NO_SPECULATION",
            "-ngld 9, NO_SPECULATION", "-ctkd f16, NO_SPECULATION", "-lcs cache, NO_SPECULATION",
            "-hf a/b, MODEL_FILE", "--model-url http://h/m, MODEL_FILE", "-dr a/b, MODEL_FILE",
            "-m absent.gguf, MODEL_FILE", "--rwkv-ms-sidecar absent.gguf, SIDECAR_FILE",
            "--parallel=1, JOINED_VALUE", "--cache-ram, VALUE_MISSING"})
    void oneWordTooMany(String words, LaunchRule rule) {
        assertThat(check(files + RIGHT + " " + words, Map.of())).extracting(LaunchFinding::rule).contains(rule)
                .isSubsetOf(rule, LaunchRule.SET_TWICE, LaunchRule.NO_CACHE_RAM);
    }

    /** Options that change the base so that its hash is wrong, unload it, move its tokens, or serve something else. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {"--lora l.gguf | BASE_AS_HASHED",
            "--lora l.gguf --lora k.gguf | BASE_AS_HASHED",
            "--lora-scaled l.gguf:0.5 | BASE_AS_HASHED", "--lora_scaled l.gguf:0.5 | BASE_AS_HASHED",
            "--lora-init-without-apply | BASE_AS_HASHED", "--control-vector v.gguf | BASE_AS_HASHED",
            "--control-vector-scaled v.gguf:2 | BASE_AS_HASHED", "--control-vector-layer-range 1 4 | BASE_AS_HASHED",
            "--override-kv gemma4.block_count=int:10 | BASE_AS_HASHED", "--rope-scaling yarn | BASE_AS_HASHED",
            "--rope-scale 2 | BASE_AS_HASHED", "--rope-freq-base 10000 | BASE_AS_HASHED",
            "--rope-freq-scale 0.5 | BASE_AS_HASHED", "--yarn-orig-ctx 4096 | BASE_AS_HASHED",
            "--yarn-ext-factor 1 | BASE_AS_HASHED", "--yarn-attn-factor 1 | BASE_AS_HASHED",
            "--yarn-beta-slow 1 | BASE_AS_HASHED", "--yarn-beta-fast 32 | BASE_AS_HASHED",
            "--grp-attn-n 4 | TOKENS_STAY", "-gan 2 | TOKENS_STAY", "--sleep-idle-seconds 300 | STAYS_LOADED",
            "--sleep-idle-seconds 0 | STAYS_LOADED", "--sleep_idle_seconds 300 | STAYS_LOADED",
            "--embedding | GENERATES",
            "--embeddings | GENERATES", "--rerank | GENERATES", "--reranking | GENERATES", "--pooling mean | GENERATES",
            "--help | SERVES", "-h | SERVES", "--version | SERVES", "--list-devices | SERVES", "-cl | SERVES",
            "--completion-bash | SERVES", "--models-dir models | ONE_MODEL", "--models-preset p.ini | ONE_MODEL",
            "--gpt-oss-20b-default | MODEL_FILE", "--fim-qwen-7b-default | MODEL_FILE",
            "--embd-gemma-default | MODEL_FILE", "--vision-gemma-4b-default | MODEL_FILE",
            "--fim-qwen-7b-spec | NO_SPECULATION", "--no-spec-draft-backend-sampling | NO_SPECULATION",
            "-lcd cache | NO_SPECULATION", "--spec-type none --spec-type ngram-mod | NO_SPECULATION",
            "--lora=l.gguf | JOINED_VALUE", "--port=8080 | JOINED_VALUE", "--port | VALUE_MISSING",
            "--control-vector-layer-range 1 | VALUE_MISSING"})
    void optionsThatNoLauncherHas(String words, LaunchRule rule) {
        assertThat(check(files + RIGHT + " " + words, Map.of())).filteredOn(LaunchFinding::refuses)
                .extracting(LaunchFinding::rule).contains(rule).isSubsetOf(rule, LaunchRule.BASE_AS_HASHED);
    }

    @Test
    void everyAdapterIsNamed() {
        assertThat(check(files + RIGHT + " --lora l.gguf --override-kv a=int:1 --lora k.gguf", Map.of()))
                .extracting(LaunchFinding::toString)
                .containsExactly(base("--lora", "--lora l.gguf"), base("--override-kv", "--override-kv a=int:1"),
                        base("--lora", "--lora k.gguf"));
    }

    private static String base(String place, String found) {
        return "REFUSED BASE_AS_HASHED " + place + ": expected it to be absent, found " + found
                + ": the base then computes "
                + "something else than the file of its hash, for which the sidecar was trained";
    }

    /** Harmless options, and harmless values of the others. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"--threads 8", "-t 8 -tb 8", "--host 0.0.0.0 --port 9", "--log-file f --log-jsonl -lv 4 -v",
            "--temp 0.7 --top-k 40 --top-p 0.9 --seed 1 --samplers top_k --mirostat 2 -l 15043-1",
            "--ctx-size 8192 -n 100 --keep 4",
            "-ngl 99 -fa on --tensor-split 3,1 -mg 0 -dev CUDA0 -ot a=CPU --no-repack",
            "--jinja --chat-template-file t.jinja --reasoning off", "--alias --parallel",
            "--api-key k --metrics --slots",
            "--numa distribute --mlock --no-mmap --warmup --no-warmup", "--spec-type none", "--sleep-idle-seconds -1",
            "--rope-freq-base 0 --yarn-ext-factor -1.00", "--pooling none", "-gan 1 -gaw 512", "--cache-reuse 0",
            "-sm layer",
            "-ctk bf16 -ctv f16", "--no-mmproj --no-mmproj-offload", "--no-webui --no_kv_unified", "--tools all -ag",
            "--swa-full --kv-unified --offline", "--models-max 1", "-np 1", "--grammar root::=x --json-schema {}"})
    void whatIsNoFaultPasses(String words) {
        assertThat(check(files + RIGHT + " " + words, Map.of("LLAMA_ARG_THREADS", "4", "HF_TOKEN", "x", "PATH", "/")))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"LLAMA_ARG_ROPE_FREQ_BASE, 10000, BASE_AS_HASHED", "LLAMA_ARG_YARN_ORIG_CTX, 4096, BASE_AS_HASHED",
            "LLAMA_ARG_EMBEDDINGS, 1, GENERATES", "LLAMA_ARG_RERANKING, on, GENERATES",
            "LLAMA_ARG_POOLING, cls, GENERATES",
            "LLAMA_ARG_MODELS_DIR, m, ONE_MODEL", "LLAMA_ARG_MODELS_PRESET, p.ini, ONE_MODEL",
            "LLAMA_ARG_GRP_ATTN_N, 4, TOKENS_STAY", "LLAMA_ARG_SPEC_OF_TOMORROW, 1, NO_SPECULATION"})
    void variablesOfOptionsThatNoLauncherHas(String variable, String value, LaunchRule rule) {
        assertThat(check(files + RIGHT, Map.of(variable, value))).singleElement()
                .satisfies(finding -> assertThat(finding.rule()).isEqualTo(rule))
                .satisfies(finding -> assertThat(finding.refuses()).isTrue());
    }

    /** An empty variable sets nothing, and a flag is set only by a value that means yes. */
    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"LLAMA_ARG_MMPROJ, ''", "LLAMA_ARG_MMPROJ_URL, ''", "LLAMA_ARG_HF_REPO, ''", "LLAMA_ARG_MODEL_URL, ''",
            "LLAMA_ARG_SPEC_TYPE, none", "LLAMA_ARG_EMBEDDINGS, 0", "LLAMA_ARG_RERANKING, maybe", "LLAMA_ARG_PORT, 9",
            "LLAMA_API_KEY, k", "LLAMA_ARG_NO_PERF, 1", "LLAMA_ARG_POOLING, none", "LLAMA_PARALLEL, 4",
            "LLAMA_ARG_FIT_ESTIMATE, on"})
    void variablesThatSetNothingWrong(String variable, String value) {
        assertThat(check(files + RIGHT, Map.of(variable, value))).isEmpty();
    }

    /** The variable that turns a switch off wins over the one that sets it, as in llama.cpp. */
    @Test
    void theNegativeVariableWins() {
        assertThat(check(files + RIGHT.replace("--no-cont-batching", ""),
                Map.of("LLAMA_ARG_CONT_BATCHING", "1", "LLAMA_ARG_NO_CONT_BATCHING", "0")))
                .extracting(LaunchFinding::toString)
                .containsExactly("WARNING NO_CONT_BATCHING LLAMA_ARG_CONT_BATCHING: expected --no-cont-batching, found "
                        + "LLAMA_ARG_CONT_BATCHING=on, which LLAMA_ARG_NO_CONT_BATCHING overrides: batching mixes slots, and "
                        + "there is one");
    }

    /** Quantised caches are common, but they round what the base computes: a warning. */
    @Test
    void aCoarseCacheIsAWarning() {
        assertThat(check(files + RIGHT + " -ctk q8_0", Map.of())).extracting(LaunchFinding::toString).containsExactly(
                "WARNING CACHE_PRECISION -ctk: expected f32 or f16 or bf16, found -ctk q8_0: what the base keeps of old tokens "
                        + "is rounded coarsely, and the memory reads what the base makes of it");
    }

    /** Unjudged words are neither right nor wrong. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {"--option-of-tomorrow | --option-of-tomorrow",
            "--option-of-tomorrow 3 --no-warmup | --option-of-tomorrow", "--para 1 | --para", "-np4 | -np4",
            "--PARALLEL 1 | --PARALLEL", "--no-lora | --no-lora", "-no_cb | -no_cb", "--tomorrow=1 | --tomorrow=1",
            "--tomorrow -1 | --tomorrow", "--rpc host:1 | --rpc", "--split-mode row | --split-mode",
            "-sm tensor | -sm", "--hellaswag | --hellaswag", "-f prompt.txt | -f", "-- --port 1 | --", "stray | stray",
            "--port 1 2 | 2", "- | -", "--stop-timeout 3 | --stop-timeout"})
    void whatNobodyHasJudgedIsNamed(String words, String place) {
        assertThat(check(files + RIGHT + " " + words, Map.of())).singleElement()
                .satisfies(finding -> assertThat(finding.place()).isEqualTo(place))
                .satisfies(finding -> assertThat(finding.misses()).isTrue())
                .satisfies(finding -> assertThat(finding.refuses()).isFalse());
    }

    @Test
    void messagesOfWhatNobodyHasJudged() {
        assertThat(check(files + RIGHT + " --tomorrow 1 --port 2 3 --rpc h:1", Map.of("LLAMA_ARG_TOMORROW", "1")))
                .extracting(LaunchFinding::toString).containsExactly(
                        "NOT EVALUATED ONE_MACHINE --rpc: expected it to be absent, found --rpc h:1: what the memory reads is "
                                + "then computed where nobody has judged it",
                        "NOT EVALUATED OPTION_JUDGED --tomorrow: expected an option of llama-server's, found none: nobody has "
                                + "judged what it does to a memory",
                        "NOT EVALUATED WORD_READ 3: expected an option, found none: llama-server takes options and their "
                                + "values, nothing else",
                        "NOT EVALUATED OPTION_JUDGED LLAMA_ARG_TOMORROW: expected a variable of llama-server's, found none: "
                                + "nobody has judged what it does to a memory");
    }

    /** llama.cpp takes the next word as the value, even if it looks like an option. */
    @Test
    void aValueMayLookLikeAnOption() {
        assertThat(check(files + RIGHT.replace("--parallel 1 ", "") + " --alias --parallel 1", Map.of()))
                .extracting(LaunchFinding::rule, LaunchFinding::place)
                .containsExactly(tuple(LaunchRule.ONE_SEQUENCE, "--parallel"), tuple(LaunchRule.WORD_READ, "1"));
    }

    @Test
    void theLastValueCountsAndIsGivenOnce() {
        assertThat(check(files + RIGHT + " --sleep-idle-seconds 300 --sleep-idle-seconds -1", Map.of()))
                .extracting(LaunchFinding::rule).containsExactly(LaunchRule.SET_TWICE);
        assertThat(check(files + RIGHT + " --port 1 --port 2 -ctk q8_0 -ctk f16 -sm row -sm none", Map.of())).isEmpty();
        assertThat(check(files + RIGHT + " --rope-freq-base 0", Map.of("LLAMA_ARG_ROPE_FREQ_BASE", "5")))
                .extracting(LaunchFinding::toString)
                .containsExactly("WARNING BASE_AS_HASHED LLAMA_ARG_ROPE_FREQ_BASE: expected "
                        + "0, found LLAMA_ARG_ROPE_FREQ_BASE=5, which the command line overrides: the base then computes "
                        + "something else than the file of its hash, for which the sidecar was trained");
    }

    @ParameterizedTest(name = "without {0}")
    @CsvSource({"--parallel 1, ONE_SEQUENCE", "--ubatch-size 1, ONE_TOKEN_UBATCH",
            "--no-cont-batching, NO_CONT_BATCHING", "--no-context-shift, NO_CONTEXT_SHIFT",
            "--no-cache-prompt, NO_CACHE_PROMPT", "--no-cache-idle-slots, NO_CACHE_IDLE_SLOTS",
            "--cache-ram 0, NO_CACHE_RAM", "--ctx-checkpoints 0, NO_CHECKPOINTS",
            "--slot-save-path slots, SLOTS_SAVED"})
    void oneWordTooFew(String words, LaunchRule rule) {
        assertThat(check(files + RIGHT.replace(words, ""), Map.of())).singleElement()
                .satisfies(finding -> assertThat(finding.rule()).isEqualTo(rule))
                .satisfies(finding -> assertThat(finding.refuses()).isEqualTo(rule != LaunchRule.SLOTS_SAVED));
    }

    /** Variables of options that the command line does not set. */
    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"LLAMA_ARG_MMPROJ, p.gguf, TEXT_ONLY", "LLAMA_ARG_MMPROJ_URL, http://h/p, TEXT_ONLY",
            "LLAMA_ARG_MMPROJ_AUTO, 1, TEXT_ONLY", "LLAMA_ARG_MMPROJ_AUTO, enabled, TEXT_ONLY",
            "LLAMA_ARG_CACHE_REUSE, 64, NO_CACHE_REUSE", "LLAMA_ARG_SPEC_DRAFT_MODEL, d.gguf, NO_SPECULATION",
            "LLAMA_ARG_SPEC_TYPE, ngram-mod, NO_SPECULATION", "LLAMA_ARG_DRAFT_MAX, 8, NO_SPECULATION",
            "LLAMA_ARG_N_GPU_LAYERS_DRAFT, 9, NO_SPECULATION", "LLAMA_ARG_HF_REPO, a/b, MODEL_FILE",
            "LLAMA_ARG_MODEL_URL, http://h/m, MODEL_FILE", "LLAMA_ARG_DOCKER_REPO, a/b, MODEL_FILE"})
    void variablesOfOpenOptions(String variable, String value, LaunchRule rule) {
        assertThat(check(files + RIGHT, Map.of(variable, value))).singleElement().satisfies(finding -> {
            assertThat(finding.rule()).isEqualTo(rule);
            assertThat(finding.refuses()).isTrue();
            assertThat(finding.place()).isEqualTo(variable);
        });
    }

    /** Variables decide if the command line does not set the option, and only warn if it does. */
    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"LLAMA_ARG_N_PARALLEL, 4, --parallel 1, ONE_SEQUENCE",
            "LLAMA_ARG_UBATCH, 512, --ubatch-size 1, ONE_TOKEN_UBATCH", "LLAMA_ARG_BATCH, 1, --batch-size 2, BATCH",
            "LLAMA_ARG_CONT_BATCHING, true, --no-cont-batching, NO_CONT_BATCHING",
            "LLAMA_ARG_CONTEXT_SHIFT, on, --no-context-shift, NO_CONTEXT_SHIFT",
            "LLAMA_ARG_CACHE_PROMPT, 1, --no-cache-prompt, NO_CACHE_PROMPT",
            "LLAMA_ARG_CACHE_IDLE_SLOTS, perhaps, --no-cache-idle-slots, NO_CACHE_IDLE_SLOTS",
            "LLAMA_ARG_CACHE_RAM, 1, --cache-ram 0, NO_CACHE_RAM",
            "LLAMA_ARG_CTX_CHECKPOINTS, 1, --ctx-checkpoints 0, NO_CHECKPOINTS"})
    void variablesOfGivenOptions(String variable, String value, String given, LaunchRule rule) {
        assertThat(check(files + RIGHT.replace(given, ""), Map.of(variable, value))).singleElement()
                .satisfies(finding -> assertThat(finding.rule()).isEqualTo(rule))
                .satisfies(finding -> assertThat(finding.refuses()).isTrue());
        List<LaunchFinding> overridden = check(files + RIGHT, Map.of(variable, value));
        if (rule != LaunchRule.BATCH) {
            assertThat(overridden).singleElement()
                    .satisfies(finding -> assertThat(finding.refuses()).isFalse())
                    .satisfies(finding -> assertThat(finding.rule()).isEqualTo(rule));
        }
    }

    @Test
    void aVariableMaySetWhatIsRight() {
        Map<String, String> environment = new HashMap<>(Map.of("LLAMA_ARG_N_PARALLEL", "1", "LLAMA_ARG_UBATCH", "1",
                "LLAMA_ARG_CONT_BATCHING", "off", "LLAMA_ARG_NO_CONTEXT_SHIFT", "1", "LLAMA_ARG_CACHE_PROMPT", "0",
                "LLAMA_ARG_CACHE_IDLE_SLOTS", "false", "LLAMA_ARG_CACHE_RAM", "0", "LLAMA_ARG_CTX_CHECKPOINTS", "0"));
        assertThat(check(files + "--slot-save-path s", environment)).isEmpty();
        environment.put("LLAMA_ARG_CONT_BATCHING", "1");
        assertThat(check(files + "--slot-save-path s", environment)).singleElement()
                .satisfies(finding -> assertThat(finding.rule()).isEqualTo(LaunchRule.NO_CONT_BATCHING));
    }

    @Test
    void messagesSayWhatToDoAndWhy() {
        assertThat(check(files + RIGHT + " -np 2", Map.of())).extracting(LaunchFinding::toString).containsExactly(
                "REFUSED ONE_SEQUENCE -np: expected 1, found -np 2: the memory holds one sequence: a second slot would "
                        + "read and write the first one's state",
                "REFUSED SET_TWICE -np: expected it once, found --parallel 1 and -np 2: llama-server takes the last "
                        + "one; whoever reads the command may take the first");
    }

    @Test
    void withoutASidecarOnlyTheModelIsAskedFor() {
        assertThat(check("-np 4 -cb", Map.of())).extracting(LaunchFinding::rule)
                .containsExactly(LaunchRule.MODEL_FILE);
        assertThat(check(model() + "-np 4 -cb -hf a/b --lora l --rpc h:1", Map.of("LLAMA_ARG_THREADS", "1"))).isEmpty();
    }

    /** An unjudged word might load a sidecar. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {"--tomorrow x | --tomorrow", "stray | stray", "-f p.txt | -f",
            "-- --port 1 | --", "--models-preset p.ini | --models-preset"})
    void whatNobodyHasJudgedIsNamedWithoutASidecar(String words, String place) {
        assertThat(check(model() + "-np 4 " + words, Map.of())).singleElement()
                .satisfies(finding -> assertThat(finding.place()).isEqualTo(place))
                .satisfies(finding -> assertThat(finding.misses()).isTrue());
        assertThat(check(model(), Map.of("LLAMA_ARG_TOMORROW", "1"))).extracting(LaunchFinding::place)
                .containsExactly("LLAMA_ARG_TOMORROW");
    }

    /** A server that downloads its model starts, and the model may have settings. */
    @Test
    void aFetchedModelWithoutASidecar() {
        assertThat(check("-hf a/b", Map.of())).extracting(LaunchFinding::rule, LaunchFinding::misses)
                .containsExactly(tuple(LaunchRule.MODEL_FILE, true));
    }

    /** A word that resembles the sidecar's option is taken for it: the rules apply, and the word is reported. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"--rwkv-ms-sidcar s, --rwkv-ms-sidcar", "--rwkv-ms-sidecar-path s, --rwkv-ms-sidecar-path",
            "--RWKV-MS-SIDECAR s, --RWKV-MS-SIDECAR", "-rwkv-ms-sidecar s, -rwkv-ms-sidecar",
            "--rwkv-ms s, --rwkv-ms", "--sidecar s, --sidecar", "--rwkvms=s, --rwkvms=s",
            "rwkv-ms-sidecar=s, rwkv-ms-sidecar=s", "\u2013rwkv-ms-sidecar=s, \u2013rwkv-ms-sidecar=s"})
    void whatLooksLikeASidecarAsksForOne(String words, String place) {
        assertThat(check(model() + RIGHT + " " + words, Map.of())).singleElement()
                .satisfies(finding -> assertThat(finding.place()).isEqualTo(place))
                .satisfies(finding -> assertThat(finding.misses()).isTrue());
        assertThat(check(model() + RIGHT + " -np 4 --lora l " + words, Map.of())).filteredOn(LaunchFinding::refuses)
                .extracting(LaunchFinding::rule)
                .containsExactly(LaunchRule.ONE_SEQUENCE, LaunchRule.BASE_AS_HASHED, LaunchRule.SET_TWICE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LLAMA_ARG_RWKV_MS_SIDECAR", "LLAMA_ARG_NO_RWKV", "LLAMA_RWKV_MS_SIDECAR",
            "GGUF_RWKV_MS_SIDECAR", "RWKV_MS_SIDECAR", "LLAMA_ARG_SIDECAR", "llama_arg_rwkv_ms_sidecar"})
    void aVariableThatLooksLikeASidecarAsksForOne(String variable) {
        assertThat(check(model() + RIGHT, Map.of(variable, "s"))).extracting(LaunchFinding::place)
                .containsExactly(variable);
        assertThat(check(model() + RIGHT + " -np 4", Map.of(variable, "s"))).anyMatch(LaunchFinding::refuses);
    }

    /** Neither a folder's name nor a switch that is off counts as a request for a sidecar. */
    @Test
    void variablesThatAskForNoSidecar() {
        assertThat(check(model() + "-np 4", Map.of("RWKV_HOME", "/r", "PWD", "/rwkv-ms-sidecar", "LLAMA_RWKV_MS", "off",
                "GGUF_RWKV_MS_SIDECAR_PATH", ""))).isEmpty();
        assertThat(check(model() + "-np 4", Map.of("LLAMA_RWKV_MS", "True"))).extracting(LaunchFinding::toString)
                .containsExactly("NOT EVALUATED OPTION_JUDGED LLAMA_RWKV_MS: expected a variable of llama-server's, "
                        + "found none: nobody has judged what it does to a memory");
    }

    /** What another program does with the words is unknown: they are neither right nor wrong. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama-cli", "llama-bench", "rm", "./start.sh", "docker run img",
            "taskset -c 0 llama-server",
            "env -C /srv llama-server", "sh -c exec", "env -S llama-server", "llama-server.sh", "llama-server/",
            "Llama-server", "my-llama-server", "nice llama-server", "env A=1 numactl llama-server", "--"})
    void anotherProgramIsNotJudged(String program) {
        for (String arguments : List.of("", model(), files + RIGHT, files + "-np 4 --lora l --tomorrow 1")) {
            List<String> words = new ArrayList<>(List.of(program.split(" ")));
            words.addAll(List.of(arguments.split(" ")));
            Launch launch = Launch.of(words, Map.of("LLAMA_RWKV_MS", "1"), ConfigFiles.none());
            assertThat(Preflight.check(launch)).extracting(LaunchFinding::toString).containsExactly(
                    "NOT EVALUATED PROGRAM_READ " + launch.program()
                            + ": expected llama-server, found another program: "
                            + "what it starts, and with which words, cannot be told");
            assertThat(CorrectedCommand.of(launch)).isEqualTo(words);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/opt/bin/llama-server", "./llama-server", "C:\\llama\\llama-server.exe",
            "llama-server.exe",
            "env -u A B=1 /usr/bin/llama-server"})
    void theServerUnderAnyPath(String program) {
        List<String> words = new ArrayList<>(List.of(program.split(" ")));
        words.addAll(List.of((files + RIGHT).split(" ")));
        assertThat(Preflight.check(Launch.of(words, Map.of(), ConfigFiles.none()))).isEmpty();
    }

    private String model() {
        return files.substring(0, files.indexOf("--rwkv"));
    }

    @Test
    void aSidecarThatIsAskedForAndNotGivenIsMissed() {
        assertThat(check(model() + RIGHT, Map.of("LLAMA_RWKV_MS", "1"))).extracting(LaunchFinding::message)
                .containsExactly("--rwkv-ms-sidecar: expected a file, found none named: without its sidecar a server "
                        + "answers, as the bare base model");
    }

    /** All faults at once, in the order of the rules. */
    @Test
    void everythingThatIsWrong() {
        Map<String, String> environment = Map.of("LLAMA_ARG_HF_REPO", "a/b", "LLAMA_ARG_N_PARALLEL", "8",
                "LLAMA_ARG_NO_MMPROJ_AUTO", "x", "LLAMA_ARG_CONT_BATCHING", "enabled", "LLAMA_ARG_DRAFT_MAX", "3",
                "LLAMA_ARG_CACHE_PROMPT", "maybe");
        List<String> found = check("-m absent.gguf --rwkv-ms-sidecar side=1.gguf -np 1 -ub 4 --batch_size 1 -nocb "
                + "--context-shift -cram 5 --cache-reuse 9 --mmproj p.gguf --spec-type ngram-mod -md d.gguf "
                + "--parallel=2 --swa-checkpoints", environment).stream().map(LaunchFinding::toString)
                .map(finding -> finding.replaceFirst(": [^:]*$", "")).toList();
        assertThat(String.join("\n", found)).isEqualTo(
                """
                        REFUSED MODEL_FILE LLAMA_ARG_HF_REPO: expected a base model of the sidecar's hash by --model, found LLAMA_ARG_HF_REPO=a/b
                        REFUSED MODEL_FILE -m: expected a readable file, found absent.gguf
                        REFUSED SIDECAR_FILE --rwkv-ms-sidecar: expected a readable file, found side=1.gguf
                        REFUSED ONE_SEQUENCE --parallel: expected 1, found --parallel 2: the memory holds one sequence
                        REFUSED ONE_TOKEN_UBATCH -ub: expected 1, found -ub 4
                        REFUSED BATCH --batch_size: expected 2 or more, found --batch_size 1
                        WARNING NO_CONT_BATCHING LLAMA_ARG_CONT_BATCHING: expected --no-cont-batching, found LLAMA_ARG_CONT_BATCHING=on, which the command line overrides
                        REFUSED NO_CONTEXT_SHIFT --context-shift: expected --no-context-shift, found --context-shift
                        REFUSED NO_CACHE_PROMPT LLAMA_ARG_CACHE_PROMPT: expected --no-cache-prompt, found LLAMA_ARG_CACHE_PROMPT=maybe
                        REFUSED NO_CACHE_IDLE_SLOTS --cache-idle-slots: expected --no-cache-idle-slots, found none, and defaults differ between versions
                        REFUSED NO_CACHE_RAM -cram: expected 0, found -cram 5
                        REFUSED NO_CHECKPOINTS --swa-checkpoints: expected 0, found --swa-checkpoints
                        REFUSED NO_CACHE_REUSE --cache-reuse: expected 0, found --cache-reuse 9
                        REFUSED TEXT_ONLY --mmproj: expected it to be absent, found --mmproj p.gguf
                        REFUSED NO_SPECULATION --spec-type: expected none, found --spec-type ngram-mod
                        REFUSED NO_SPECULATION -md: expected it to be absent, found -md d.gguf
                        REFUSED NO_SPECULATION LLAMA_ARG_DRAFT_MAX: expected it to be absent, found LLAMA_ARG_DRAFT_MAX=3
                        WARNING SLOTS_SAVED --slot-save-path: expected a folder, found none
                        REFUSED SET_TWICE --parallel: expected it once, found -np 1 and --parallel 2
                        REFUSED JOINED_VALUE --parallel=2: expected two words, found one
                        REFUSED VALUE_MISSING --swa-checkpoints: expected a value behind it, found none""");
    }

    @Test
    void variablesThatTheCommandLineOverrides() {
        assertThat(check(files + RIGHT, Map.of("LLAMA_ARG_UBATCH", "4", "LLAMA_ARG_NO_CACHE_PROMPT", "1",
                "LLAMA_ARG_CACHE_RAM", "0", "LLAMA_ARG_CONTEXT_SHIFT", "on"))).extracting(LaunchFinding::toString)
                .containsExactly(
                        "WARNING ONE_TOKEN_UBATCH LLAMA_ARG_UBATCH: expected 1, found LLAMA_ARG_UBATCH=4, which the "
                                + "command line overrides: on a GPU the products of more than one token are rounded to "
                                + "TF32 or BF16, which misses 1e-5",
                        "WARNING NO_CONTEXT_SHIFT LLAMA_ARG_CONTEXT_SHIFT: expected --no-context-shift, found "
                                + "LLAMA_ARG_CONTEXT_SHIFT=on, which the command line overrides: a shift moves the KV "
                                + "cache under the memory, which cannot be moved");
    }

    /** Names that are no file: an empty one, a folder, and one with a NUL. */
    @Test
    void whatIsNoFile() {
        assertThat(check("-m  ".stripTrailing(), Map.of("LLAMA_ARG_MODEL", ""))).extracting(LaunchFinding::message)
                .contains("--model: expected a file, found none named: without its base model a server does not start");
        assertThat(check("-m " + folder, Map.of())).extracting(LaunchFinding::message).containsExactly("-m: expected a "
                + "readable file, found " + folder + ": without its base model a server does not start");
        assertThat(check("-m a\0b", Map.of())).extracting(LaunchFinding::place).containsExactly("-m");
    }

    private static List<LaunchFinding> check(String arguments, Map<String, String> environment) {
        List<String> words = new ArrayList<>(List.of("llama-server"));
        Arrays.stream(arguments.trim().split(" +")).forEach(words::add);
        return Preflight.check(Launch.of(words, environment, ConfigFiles.none()));
    }
}
