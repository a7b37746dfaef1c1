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

    /** Shown where standard error is a terminal and there is more than one case to wait for. */
    static Progress onTerminal(PrintWriter out, int cases) {
        return new Progress(new Terminal.Line(out, cases > 1 && Terminal.isThere()), cases);
    }

    /** About to judge the next case. */
    void next(String name) {
        done++;
        line.show("gate: case " + done + " of " + cases + ", " + name);
    }

    /** Wipes the line. */
    void end() {
        line.wipe();
    }
}
