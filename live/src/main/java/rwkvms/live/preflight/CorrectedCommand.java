package rwkvms.live.preflight;

import java.util.ArrayList;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import rwkvms.live.preflight.OptionSetting.Source;

/**
 * The command that a launch with a sidecar should have been: every option with a rule moves to the end and gets its
 * right value; variables that set one are unset; and what a config.ini sets wrong is overridden if a value can do that.
 * Names of files cannot be guessed and stay, and so does what is not judged.
 */
public final class CorrectedCommand {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");
    private static final List<ServerOption> KEPT = List.of(ServerOption.MODEL, ServerOption.SIDECAR,
            ServerOption.SLOT_SAVE_PATH);

    private static final String MIN_BATCH = "2";

    private CorrectedCommand() {
    }

    /**
     * The words of the command, with {@code env -u VARIABLE …} in front if variables must be unset. A launch without a
     * sidecar, or of another program, stays as it is.
     */
    public static List<String> of(Launch launch) {
        List<String> words = new ArrayList<>();
        if (!launch.startsServer() || !launch.runsSidecar()) {
            words.addAll(launch.prefix().without(List.of()));
            words.add(launch.program());
            words.addAll(launch.arguments());
            return words;
        }
        words.addAll(launch.prefix().without(launch.variables().stream().filter(CorrectedCommand::isInTheWay)
                .map(OptionSetting::key).toList()));
        words.add(launch.program());
        words.addAll(launch.words().others());
        for (ServerOption option : KEPT) {
            launch.effective(option).filter(set -> set.from() == Source.COMMAND && !set.value().isEmpty())
                    .ifPresent(set -> words.addAll(List.of(option.spelling(), set.value())));
        }
        words.addAll(List.of("--parallel", "1", "--batch-size", batch(launch), "--ubatch-size", "1"));
        Preflight.SWITCHED_OFF.keySet().forEach(option -> words.add(option.offSpelling()));
        words.addAll(List.of("--cache-ram", "0", "--ctx-checkpoints", "0"));
        overFiles(launch, words);
        return words;
    }

    private static boolean isInTheWay(OptionSetting set) {
        return set.option().judgement().isChanged() && !KEPT.contains(set.option());
    }

    /** Overrides the wrong settings of files if a value can do that; types of speculation cannot be taken back. */
    private static void overFiles(Launch launch, List<String> words) {
        Set<ServerOption> wrong = new LinkedHashSet<>();
        for (OptionSetting set : launch.files().settings()) {
            ServerOption option = set.option();
            if (option.equals(ServerOption.MMPROJ_AUTO) && !set.value().equals(OptionSetting.OFF)) {
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
        return launch.effective(ServerOption.BATCH_SIZE).map(OptionSetting::value)
                .filter(value -> value.matches("\\d{1,9}") && Long.parseLong(value) >= 2).orElse(MIN_BATCH);
    }

    /** The words as one line for a POSIX shell, which reads it back as the same words. */
    public static String line(List<String> words) {
        return String.join(" ", words.stream().map(CorrectedCommand::quoted).toList());
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
