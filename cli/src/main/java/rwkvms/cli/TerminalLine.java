package rwkvms.cli;

import java.io.PrintWriter;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** One line on standard error that is written over; only on a terminal, and gone at the end. */
final class TerminalLine {
    private static final int STANDARD_ERROR = 2;
    /** A dumb terminal, an editor's say, does not go back to the start of a line. */
    private static final String DUMB = "dumb";
    private static final int MAX_LENGTH = 60;

    private final PrintWriter out;
    private final boolean shown;

    TerminalLine(PrintWriter out, boolean shown) {
        this.out = out;
        this.shown = shown;
    }

    /** Whether standard error is a terminal that can do this. */
    static boolean isThere() {
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

    void wipe() {
        show("");
    }

    /** Blanks and carriage returns do it on every terminal, without escape codes. */
    void show(String text) {
        if (shown) {
            String cut = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
            out.print("\r" + " ".repeat(MAX_LENGTH) + "\r" + cut);
            out.flush();
        }
    }
}
