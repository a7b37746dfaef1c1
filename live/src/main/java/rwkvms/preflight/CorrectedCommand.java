package rwkvms.preflight;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The command that a launch with a sidecar should have been: every option that the rules speak of is taken out and put
 * behind the others with its right value; variables that set one are unset. Files cannot be guessed and stay.
 */
public final class CorrectedCommand {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");
    private static final Set<ServerOption> KEPT = EnumSet.of(ServerOption.MODEL, ServerOption.SIDECAR,
            ServerOption.SLOT_SAVE_PATH);
    private static final String LEAST_BATCH = "2";

    private CorrectedCommand() {
    }

    /** The words, {@code env -u VARIABLE …} in front where variables stand in the way. A launch without a sidecar stays. */
    public static List<String> of(Launch launch) {
        List<String> words = new ArrayList<>();
        if (!launch.runsSidecar()) {
            words.add(launch.program());
            words.addAll(launch.arguments());
            return words;
        }
        List<Setting> variables = launch.variables().stream().filter(set -> !KEPT.contains(set.option())).toList();
        if (!variables.isEmpty()) {
            words.add("env");
            variables.forEach(set -> words.addAll(List.of("-u", set.place())));
        }
        words.add(launch.program());
        words.addAll(launch.words().others());
        for (ServerOption option : KEPT) {
            launch.effective(option).filter(set -> set.from() == Setting.Source.COMMAND && !set.value().isEmpty())
                    .ifPresent(set -> words.addAll(List.of(option.spelling(), set.value())));
        }
        words.addAll(List.of("--parallel", "1", "--batch-size", batch(launch), "--ubatch-size", "1"));
        for (ServerOption option : List.of(ServerOption.CONT_BATCHING, ServerOption.CONTEXT_SHIFT,
                ServerOption.CACHE_PROMPT, ServerOption.CACHE_IDLE_SLOTS)) {
            words.add(option.offSpelling());
        }
        words.addAll(List.of("--cache-ram", "0", "--ctx-checkpoints", "0"));
        return words;
    }

    private static String batch(Launch launch) {
        return launch.effective(ServerOption.BATCH_SIZE).map(Setting::value)
                .filter(value -> value.matches("\\d{1,9}") && Long.parseLong(value) >= 2).orElse(LEAST_BATCH);
    }

    /** As one line that a POSIX shell reads back as the same words. */
    public static String line(List<String> words) {
        return String.join(" ", words.stream().map(CorrectedCommand::quoted).toList());
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
