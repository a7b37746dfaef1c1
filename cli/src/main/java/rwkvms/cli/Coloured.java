package rwkvms.cli;

import picocli.CommandLine.Help.Ansi;
import rwkvms.report.Verdict;

/** Words for people, coloured on a terminal only. */
final class Coloured {
    private Coloured() {
    }

    /** An exit code in a word, as {@link Verdict#word(int)} has it. */
    static String verdict(int exitCode) {
        return of(switch (exitCode) {
            case Verdict.PASSED -> "green";
            case Verdict.FAILED -> "bold,red";
            default -> "bold,yellow";
        }, Verdict.word(exitCode));
    }

    static String notEvaluated() {
        return of("yellow", "not evaluated");
    }

    /** A word in a style of picocli's, such as {@code bold,red}. */
    static String of(String style, String word) {
        return Ansi.AUTO.string("@|" + style + " " + word + "|@");
    }
}
