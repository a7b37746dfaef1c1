package rwkvms.cli;

import java.io.PrintWriter;

/** The line that counts the cases of a check. */
final class Progress {
    private final Terminal.Line line;
    private final int cases;
    private int done;

    Progress(Terminal.Line line, int cases) {
        this.line = line;
        this.cases = cases;
    }

    /** Returns a line that is shown if standard error is a terminal and there is more than one case. */
    static Progress onTerminal(PrintWriter out, int cases) {
        return new Progress(new Terminal.Line(out, cases > 1 && Terminal.isThere()), cases);
    }

    /** Shows the next case. */
    void next(String name) {
        done++;
        line.show("gate: case " + done + " of " + cases + ", " + name);
    }

    void end() {
        line.wipe();
    }
}
