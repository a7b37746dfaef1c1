package rwkvms.preflight;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The options of llama-server that decide whether a sidecar runs as it must, each with every spelling and with the
 * environment variable that sets it. {@code live/src/test} holds the spellings against the option table of llama.cpp.
 */
public enum ServerOption {
    MODEL(Form.VALUE, "LLAMA_ARG_MODEL", "--model -m", ""),
    /** A model fetched by name: it may bring a projector and a draft model along. */
    MODEL_URL(Form.VALUE, "LLAMA_ARG_MODEL_URL", "--model-url -mu", ""),
    HF_REPO(Form.VALUE, "LLAMA_ARG_HF_REPO", "--hf-repo -hf -hfr", ""),
    DOCKER_REPO(Form.VALUE, "LLAMA_ARG_DOCKER_REPO", "--docker-repo -dr", ""),
    SIDECAR(Form.VALUE, null, "--rwkv-ms-sidecar", ""),
    PARALLEL(Form.VALUE, "LLAMA_ARG_N_PARALLEL", "--parallel -np", ""),
    BATCH_SIZE(Form.VALUE, "LLAMA_ARG_BATCH", "--batch-size -b", ""),
    UBATCH_SIZE(Form.VALUE, "LLAMA_ARG_UBATCH", "--ubatch-size -ub", ""),
    CONT_BATCHING(Form.SWITCH, "LLAMA_ARG_CONT_BATCHING", "--cont-batching -cb",
            "--no-cont-batching -nocb"),
    CONTEXT_SHIFT(Form.SWITCH, "LLAMA_ARG_CONTEXT_SHIFT", "--context-shift", "--no-context-shift"),
    CACHE_PROMPT(Form.SWITCH, "LLAMA_ARG_CACHE_PROMPT", "--cache-prompt", "--no-cache-prompt"),
    CACHE_IDLE_SLOTS(Form.SWITCH, "LLAMA_ARG_CACHE_IDLE_SLOTS", "--cache-idle-slots",
            "--no-cache-idle-slots"),
    CACHE_RAM(Form.VALUE, "LLAMA_ARG_CACHE_RAM", "--cache-ram -cram", ""),
    CTX_CHECKPOINTS(Form.VALUE, "LLAMA_ARG_CTX_CHECKPOINTS", "--ctx-checkpoints -ctxcp --swa-checkpoints", ""),
    CACHE_REUSE(Form.VALUE, "LLAMA_ARG_CACHE_REUSE", "--cache-reuse", ""),
    SLOT_SAVE_PATH(Form.VALUE, null, "--slot-save-path", ""),
    MMPROJ(Form.VALUE, "LLAMA_ARG_MMPROJ", "--mmproj -mm", ""),
    MMPROJ_URL(Form.VALUE, "LLAMA_ARG_MMPROJ_URL", "--mmproj-url -mmu", ""),
    MMPROJ_AUTO(Form.SWITCH, "LLAMA_ARG_MMPROJ_AUTO", "--mmproj-auto", "--no-mmproj --no-mmproj-auto"),
    /** A second model or an n-gram guess proposes tokens that are taken back: the memory cannot take back. */
    SPECULATION(Form.ANY, null, "-md --model-draft -hfd -hfrd --hf-repo-draft -ngld --gpu-layers-draft "
            + "--n-gpu-layers-draft -devd --device-draft -ctkd --cache-type-k-draft -ctvd "
            + "--cache-type-v-draft -td --threads-draft -tbd --threads-batch-draft -Cd "
            + "--cpu-mask-draft -Crd --cpu-range-draft --cpu-strict-draft --prio-draft --poll-draft "
            + "-Cbd --cpu-mask-batch-draft -Crbd --cpu-range-batch-draft --cpu-strict-batch-draft "
            + "--prio-batch-draft --poll-batch-draft -otd --override-tensor-draft -cmoed "
            + "--cpu-moe-draft -ncmoed --n-cpu-moe-draft -cd --ctx-size-draft --mtp --eagle3 "
            + "--dflash -lcs --lookup-cache-static -lcd --lookup-cache-dynamic --fim-qwen-7b-spec "
            + "--fim-qwen-14b-spec",
            "");

    /** What follows the option. */
    enum Form {
        /** One value. */
        VALUE,
        /** Nothing: the spelling says on or off. */
        SWITCH,
        /** A value or nothing, whichever: the option is refused as such. */
        ANY
    }

    /** Whole families: what llama.cpp adds to them tomorrow is refused as well. */
    private static final Pattern SPECULATIVE = Pattern.compile("--(no-)?(spec|draft)(-.*)?");
    private static final Pattern SPECULATIVE_VARIABLE = Pattern
            .compile("LLAMA_ARG_(NO_)?(SPEC|DRAFT|LOOKUP)(_.*)?|LLAMA_ARG_.*_DRAFT(_.*)?");
    private static final Map<String, ServerOption> BY_SPELLING = new HashMap<>();

    static {
        for (ServerOption option : values()) {
            option.spellings().forEach(spelling -> BY_SPELLING.put(spelling, option));
        }
    }

    private final Form form;
    private final @Nullable String variable;
    private final String on;
    private final String off;

    ServerOption(Form form, @Nullable String variable, String on, String off) {
        this.form = form;
        this.variable = variable;
        this.on = on;
        this.off = off;
    }

    Form form() {
        return form;
    }

    /** The spelling that messages and corrected commands use; of a switch the one that turns it on. */
    public String spelling() {
        return words(on).getFirst();
    }

    /** The spelling that turns a switch off. */
    String offSpelling() {
        return words(off).getFirst();
    }

    /** Every spelling, on and off. */
    List<String> spellings() {
        return Stream.concat(words(on).stream(), words(off).stream()).toList();
    }

    boolean turnsOff(String spelling) {
        return words(off).contains(spelling);
    }

    private static List<String> words(String spellings) {
        return spellings.isEmpty() ? List.of() : List.of(spellings.split(" "));
    }

    /** The option that a word of a command line spells. llama.cpp takes an underscore of a long option as a hyphen. */
    static Optional<ServerOption> spelledBy(String word) {
        String spelling = canonical(word);
        if (SPECULATIVE.matcher(spelling).matches()) {
            return Optional.of(SPECULATION);
        }
        return Optional.ofNullable(BY_SPELLING.get(spelling));
    }

    static String canonical(String word) {
        return word.startsWith("--") ? word.replace('_', '-') : word;
    }

    /** The option that an environment variable sets. */
    static Optional<ServerOption> setBy(String variable) {
        if (SPECULATIVE_VARIABLE.matcher(variable).matches()) {
            return Optional.of(SPECULATION);
        }
        return Arrays.stream(values()).filter(option -> variable.equals(option.variable)
                || (option.form == Form.SWITCH && variable.equals(option.negativeVariable()))).findFirst();
    }

    /** The variable that turns a switch off whatever its value is. */
    private @Nullable String negativeVariable() {
        return variable == null ? null : variable.replace("LLAMA_ARG_", "LLAMA_ARG_NO_");
    }

    boolean isNegative(String setting) {
        return setting.equals(negativeVariable());
    }
}
