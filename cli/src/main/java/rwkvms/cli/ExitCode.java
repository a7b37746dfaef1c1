package rwkvms.cli;

import java.util.List;
import rwkvms.report.Verdict;

/** The exit codes of the gate (gate.md). */
final class ExitCode {
    /** Everything that was judged is right. */
    static final int PASSED = 0;
    /** Something is wrong. */
    static final int FAILED = 1;
    /** Something could not be judged, or nothing was. */
    static final int COULD_NOT_JUDGE = 2;
    /** A command line that cannot be understood. */
    static final int USAGE = 64;

    /** The option with which {@link #UNTESTABLE} takes the place of the last two. */
    static final String BISECT = "--bisect";
    /** What {@code git bisect run} takes for a commit that cannot be tested; any other code up to 127 blames the commit. */
    static final int UNTESTABLE = 125;

    private ExitCode() {
    }

    /** Returns the code that a process ends with, by its arguments: the option counts even if they cannot be understood. */
    static int ofProcess(int code, List<String> arguments) {
        int end = arguments.indexOf("--");
        boolean bisect = arguments.subList(0, end < 0 ? arguments.size() : end).contains(BISECT);
        return bisect && (code == COULD_NOT_JUDGE || code == USAGE) ? UNTESTABLE : code;
    }

    static int of(Verdict.State state) {
        return switch (state) {
            case PASSED -> PASSED;
            case FAILED -> FAILED;
            case NOT_JUDGED -> COULD_NOT_JUDGE;
        };
    }
}
