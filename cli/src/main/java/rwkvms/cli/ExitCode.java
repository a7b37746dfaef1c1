package rwkvms.cli;

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

    private ExitCode() {
    }

    static int of(Verdict.State state) {
        return switch (state) {
            case PASSED -> PASSED;
            case FAILED -> FAILED;
            case NOT_JUDGED -> COULD_NOT_JUDGE;
        };
    }
}
