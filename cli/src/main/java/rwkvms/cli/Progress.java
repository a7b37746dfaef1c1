package rwkvms.cli;

import java.io.PrintWriter;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** One line on standard error that counts the cases of a check; only on a terminal, and gone at the end. */
final class Progress {
    private static final int STANDARD_ERROR = 2;
    /** A dumb terminal, an editor's say, does not go back to the start of a line. */
    private static final String DUMB = "dumb";
    private static final int MAX_LENGTH = 60;

    private final PrintWriter out;
    private final boolean shown;
    private final int cases;
    private int done;

    Progress(PrintWriter out, boolean shown, int cases) {
        this.out = out;
        this.shown = shown;
        this.cases = cases;
    }

    /** Shown where standard error is a terminal and there is more than one case to wait for. */
    static Progress onTerminal(PrintWriter out, int cases) {
        return new Progress(out, cases > 1 && onTerminal(), cases);
    }

    private static boolean onTerminal() {
        return !DUMB.equals(System.getenv("TERM")) && isTerminal(STANDARD_ERROR);
    }

    /** The JDK tells this only of standard input and output together, so the C library is asked. */
    private static boolean isTerminal(int descriptor) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find("isatty").map(isatty -> {
            try {
                return (int) linker.downcallHandle(isatty,
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)).invokeExact(descriptor) == 1;
            } catch (Throwable e) {
                throw new LinkageError("isatty takes and returns an int", e);
            }
        }).orElse(false);
    }

    /** About to judge the next case. */
    void next(String name) {
        done++;
        show("gate: case " + done + " of " + cases + ", " + name);
    }

    /** Wipes the line. */
    void end() {
        show("");
    }

    /** Blanks and carriage returns do it on every terminal, without escape codes. */
    private void show(String text) {
        if (shown) {
            String cut = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
            out.print("\r" + " ".repeat(MAX_LENGTH) + "\r" + cut);
            out.flush();
        }
    }
}
