package rwkvms.live.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import rwkvms.live.preflight.LaunchFinding.Weight;

/**
 * The variables of the launcher of Gemma4 servers, and the command that it would run, with the arguments in its fixed
 * order (runtime-tools.md, "llama_server_gemma4.sh").
 *
 * <p>As the launcher does, this replaces a microbatch of more than one token by one, with a warning.
 */
public final class LauncherVariables {
    static final String SIDECAR = "GGUF_RWKV_MS_SIDECAR_PATH";
    static final String WANTED = "LLAMA_RWKV_MS";
    static final Set<String> YES = Set.of("1", "true", "yes", "on");

    private final Map<String, String> environment;
    private final boolean sidecar;

    private LauncherVariables(Map<String, String> environment) {
        this.environment = environment;
        this.sidecar = wantSidecar(environment);
    }

    /** Whether the variables ask for a sidecar: by its path, or by the switch alone. */
    static boolean wantSidecar(Map<String, String> environment) {
        return !environment.getOrDefault(SIDECAR, "").isEmpty() || YES.contains(environment.getOrDefault(WANTED, ""));
    }

    /** The launch that the launcher makes; it appends extra arguments to its own. */
    public static Launch launch(List<String> extra, Map<String, String> environment, ConfigFiles files) {
        LauncherVariables variables = new LauncherVariables(environment);
        List<String> command = new ArrayList<>();
        command.add(variables.get("LLAMA_SERVER_BIN", "llama-server", "llama-server"));
        command.addAll(variables.arguments());
        command.addAll(extra);
        return new Launch(new EnvironmentPrefix(List.of(), Map.of(), environment, command), files, variables.sidecar);
    }

    /** Findings about what the launcher refuses before it composes a command, or replaces with a warning. */
    static List<LaunchFinding> findings(List<String> extra, Map<String, String> environment) {
        LauncherVariables variables = new LauncherVariables(environment);
        List<LaunchFinding> findings = new ArrayList<>();
        if (!variables.sidecar) {
            return findings;
        }
        String ubatch = variables.get("LLAMA_UBATCH_SIZE", "512", "1");
        if (!ubatch.equals("1")) {
            findings.add(new LaunchFinding(LaunchRule.ONE_TOKEN_UBATCH, Weight.WARNING, "LLAMA_UBATCH_SIZE", "1",
                    ubatch + ", which the launcher replaces by 1"));
        }
        String textOnly = variables.get("LLAMA_TEXT_ONLY", "0", "1");
        if (!textOnly.equals("1")) {
            findings.add(new LaunchFinding(LaunchRule.TEXT_ONLY, Weight.REFUSED, "LLAMA_TEXT_ONLY", "1", textOnly));
        }
        for (OptionSetting setting : CommandWords.of(extra).settings()) {
            if (!setting.option().name().isEmpty() && !setting.option().equals(ServerOption.MODEL)) {
                findings.add(new LaunchFinding(LaunchRule.LAUNCHER_OPTION, Weight.REFUSED, setting.place(),
                        "it to be left to the launcher", setting.shown() + " among the extra arguments"));
            }
        }
        return findings;
    }

    private List<String> arguments() {
        List<String> words = new ArrayList<>();
        add(words, "--alias", get("LLAMA_MODEL_ALIAS", "gemma-4-e4b-it-q8", "gemma-4-e4b-it-rwkv-ms-q8"));
        add(words, "--host", get("LLAMA_HOST", "127.0.0.1", "127.0.0.1"));
        add(words, "--port", get("LLAMA_PORT", "8080", "8080"));
        add(words, "--ctx-size", get("LLAMA_CTX_SIZE", "8192", "8192"));
        add(words, "--batch-size", get("LLAMA_BATCH_SIZE", "2048", "2"));
        add(words, "--ubatch-size", sidecar ? "1" : get("LLAMA_UBATCH_SIZE", "512", "1"));
        add(words, "--n-gpu-layers", get("LLAMA_GPU_LAYERS", "999", "999"));
        add(words, "--parallel", get("LLAMA_PARALLEL", "-1", "1"));
        words.add("--jinja");
        add(words, "--reasoning", get("LLAMA_REASONING", "off", "off"));
        if (sidecar) {
            add(words, "--rwkv-ms-sidecar", environment.getOrDefault(SIDECAR, ""));
        }
        toggle(words, "LLAMA_CONT_BATCHING", ServerOption.CONT_BATCHING);
        toggle(words, "LLAMA_CONTEXT_SHIFT", ServerOption.CONTEXT_SHIFT);
        toggle(words, "LLAMA_CACHE_PROMPT", ServerOption.CACHE_PROMPT);
        toggle(words, "LLAMA_CACHE_IDLE_SLOTS", ServerOption.CACHE_IDLE_SLOTS);
        add(words, "--cache-ram", get("LLAMA_CACHE_RAM", "", "0"));
        add(words, "--ctx-checkpoints", get("LLAMA_CTX_CHECKPOINTS", "", "0"));
        add(words, "--reasoning-budget", get("LLAMA_REASONING_BUDGET", "", ""));
        add(words, "--slot-save-path", get("LLAMA_SLOT_SAVE_PATH", "", ".openresearch/artifacts/gguf_ui/slots"));
        return words;
    }

    private static void add(List<String> words, String option, String value) {
        if (!value.isEmpty()) {
            words.add(option);
            words.add(value);
        }
    }

    /**
     * Adds the option that turns a switch off for 0, the one that turns it on for any other value, and none for an
     * empty value.
     */
    private void toggle(List<String> words, String variable, ServerOption option) {
        String value = get(variable, "", "0");
        if (!value.isEmpty()) {
            words.add(value.equals("0") ? option.offSpelling() : option.spelling());
        }
    }

    private String get(String variable, String base, String withSidecar) {
        String value = environment.getOrDefault(variable, "");
        return value.isEmpty() ? (sidecar ? withSidecar : base) : value;
    }
}
