package rwkvms.cli;

import picocli.CommandLine.Help.Ansi;
import rwkvms.report.Entry;
import rwkvms.report.Outcome.Failed;
import rwkvms.report.Outcome.NotEvaluated;
import rwkvms.report.Outcome.Passed;
import rwkvms.report.Verdict;

/** Words for people, coloured on a terminal only. */
final class Terminal {
    private static final String WARNING = "yellow";

    private Terminal() {
    }

    /** What a verdict comes to. */
    static String word(Verdict verdict) {
        return styled(switch (verdict.state()) {
            case PASSED -> "green";
            case FAILED -> "bold,red";
            case NOT_JUDGED -> "bold,yellow";
        }, verdict.state().word());
    }

    /** An outcome in a word or two. */
    static String word(Entry entry) {
        return word(entry, entry.word());
    }

    /** The same in other words, or in a column. */
    static String word(Entry entry, String words) {
        return styled(switch (entry.outcome()) {
            case Passed passed -> "green";
            case Failed failed -> "bold,red";
            case NotEvaluated missed -> WARNING;
        }, words);
    }

    static String warning(String word) {
        return styled(WARNING, word);
    }

    static String error(String word) {
        return styled("red", word);
    }

    /** A word in a style of picocli's. */
    private static String styled(String style, String word) {
        return Ansi.AUTO.string("@|" + style + " " + word + "|@");
    }
}
