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

/** Words for people, coloured on a terminal only, and a line there that is written over. */
final class Terminal {
    private static final String WARNING = "yellow";
    private static final int STANDARD_ERROR = 2;
    /** A dumb terminal, an editor's say, does not go back to the start of a line. */
    private static final String DUMB = "dumb";

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

    /** One line on standard error that is written over; only on a terminal, and gone at the end. */
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

        /** Blanks and carriage returns do it on every terminal, without escape codes. */
        void show(String text) {
            if (shown) {
                String cut = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH);
                out.print("\r" + " ".repeat(MAX_LENGTH) + "\r" + cut);
                out.flush();
            }
        }
    }
}
