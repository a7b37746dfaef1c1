package rwkvms.cli;

import java.io.PrintWriter;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

import picocli.CommandLine.Help.Ansi;
import rwkvms.report.Entry;
import rwkvms.report.Outcome.Failed;
import rwkvms.report.Outcome.NotEvaluated;
import rwkvms.report.Outcome.Passed;
import rwkvms.report.Verdict;

/** Colours of words, and a line that is written over; both on a terminal only. */
final class Terminal {
    private static final String WARNING = "yellow";
    private static final int STANDARD_ERROR = 2;
    /** A dumb terminal, such as an editor's, does not go back to the start of a line. */
    private static final String DUMB = "dumb";

    private Terminal() {
    }

    /** The state of a verdict. */
    static String word(Verdict verdict) {
        return styled(switch (verdict.state()) {
            case PASSED -> "green";
            case FAILED -> "bold,red";
            case NOT_JUDGED -> "bold,yellow";
        }, verdict.state().word());
    }

    /** An outcome in one or two words. */
    static String word(Entry entry) {
        return word(entry, entry.word());
    }

    /** Other words, in the colour of an outcome. */
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

    /** A word in a style of picocli. */
    private static String styled(String style, String word) {
        return Ansi.AUTO.string("@|" + style + " " + word + "|@");
    }

    /** Whether standard error is a terminal that can do this. */
    static boolean isThere() {
        return !DUMB.equals(System.getenv("TERM")) && isTerminal(STANDARD_ERROR);
    }

    /** Asks the C library: the JDK only knows standard input and output together. */
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

    /** A line on standard error that is written over; only on a terminal, and wiped at the end. */
    static final class Line {
        private static final int MAX_LENGTH = 60;

        private final PrintWriter out;
        private final boolean shown;

        Line(PrintWriter out, boolean shown) {
            this.out = out;
            this.shown = shown;
        }

        void wipe() {
            show("");
        }

        /** Writes over the line with blanks and carriage returns, which every terminal understands. */
        void show(String text) {
            if (shown) {
                String cut = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
                out.print("\r" + " ".repeat(MAX_LENGTH) + "\r" + cut);
                out.flush();
            }
        }
    }
}
