package rwkvms.live.preflight;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import rwkvms.live.preflight.Setting.Source;

/**
 * The command that a launch with a sidecar should have been: every option that the rules speak of is taken out and put
 * behind the others with its right value; variables that set one are unset, and what a config.ini sets wrong is set right where a
 * value can do that. Files cannot be guessed and stay; what is not judged stays, too.
 */
public final class CorrectedCommand {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");
    private static final List<ServerOption> KEPT = List.of(ServerOption.MODEL, ServerOption.SIDECAR,
            ServerOption.SLOT_SAVE_PATH);
    private static final Set<Judgement> CHANGED = EnumSet.of(Judgement.RULED, Judgement.REFUSED);
    private static final String MIN_BATCH = "2";

    private CorrectedCommand() {
    }

    /**
     * The words, {@code env -u VARIABLE …} in front where variables stand in the way. A launch without a sidecar
     * stays, and one of another program. */
    public static List<String> of(Launch launch) {
        List<String> words = new ArrayList<>();
        if (!launch.startsServer() || !launch.runsSidecar()) {
            words.addAll(launch.prefix().without(List.of()));
            words.add(launch.program());
            words.addAll(launch.arguments());
            return words;
        }
        words.addAll(launch.prefix().without(launch.variables().stream().filter(CorrectedCommand::isInTheWay)
                .map(Setting::key).toList()));
        words.add(launch.program());
        words.addAll(launch.words().others());
        for (ServerOption option : KEPT) {
            launch.effective(option).filter(set -> set.from() == Source.COMMAND && !set.value().isEmpty())
                    .ifPresent(set -> words.addAll(List.of(option.spelling(), set.value())));
        }
        words.addAll(List.of("--parallel", "1", "--batch-size", batch(launch), "--ubatch-size", "1"));
        for (ServerOption option : List.of(ServerOption.CONT_BATCHING, ServerOption.CONTEXT_SHIFT,
                ServerOption.CACHE_PROMPT, ServerOption.CACHE_IDLE_SLOTS)) {
            words.add(option.offSpelling());
        }
        words.addAll(List.of("--cache-ram", "0", "--ctx-checkpoints", "0"));
        overFiles(launch, words);
        return words;
    }

    private static boolean isInTheWay(Setting set) {
        return CHANGED.contains(set.option().judgement()) && !KEPT.contains(set.option());
    }

    /** What a file sets wrong is set right behind, where a value does that. Types of speculation only add up. */
    private static void overFiles(Launch launch, List<String> words) {
        Set<ServerOption> wrong = new LinkedHashSet<>();
        for (Setting set : launch.files().settings()) {
            ServerOption option = set.option();
            if (option.equals(ServerOption.MMPROJ_AUTO) && !set.value().equals(Setting.OFF)) {
                wrong.add(option);
            } else if (option.judgement() == Judgement.REFUSED && !option.right().isEmpty()
                    && option.rule() != LaunchRule.NO_SPECULATION && !option.isRight(set.value())) {
                wrong.add(option);
            }
        }
        for (ServerOption option : wrong) {
            words.addAll(option.equals(ServerOption.MMPROJ_AUTO)
                    ? List.of(option.offSpelling())
                    : List.of(option.spelling(), option.right().getFirst()));
        }
    }

    private static String batch(Launch launch) {
        return launch.effective(ServerOption.BATCH_SIZE).map(Setting::value)
                .filter(value -> value.matches("\\d{1,9}") && Long.parseLong(value) >= 2).orElse(MIN_BATCH);
    }

    /** As one line that a POSIX shell reads back as the same words. */
    public static String line(List<String> words) {
        return String.join(" ", words.stream().map(CorrectedCommand::quoted).toList());
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
