package rwkvms.child;

import java.time.Duration;
import java.util.Map;

/** How a child ended. */
public sealed interface Ending {
    /** By itself, with that code. */
    record Exited(int code) implements Ending {
    }

    /** By a signal that nobody here sent: it crashed, or it aborted. */
    record Crashed(int signal) implements Ending {
    }

    /** It did not end in time, and was killed. */
    record Stalled(Duration limit) implements Ending {
    }

    /** It wrote more than anybody can want to read, and was killed. */
    record Flooded(long limit) implements Ending {
    }

    /** A shell and the JVM give a program that died of signal n this code plus n. */
    int SIGNALLED = 128;
    /** The largest number of a signal on Linux and macOS. */
    int LAST_SIGNAL = 64;

    /** The ending that the JVM's exit value stands for. */
    static Ending of(int exitValue) {
        return exitValue > SIGNALLED && exitValue <= SIGNALLED + LAST_SIGNAL
                ? new Crashed(exitValue - SIGNALLED)
                : new Exited(exitValue);
    }

    /** In words, such as {@code crashed: signal 11 (SIGSEGV)}. */
    default String words() {
        return switch (this) {
            case Exited exited -> "exit code " + exited.code();
            case Crashed crashed -> "crashed: signal " + crashed.signal() + Signals.name(crashed.signal());
            case Stalled stalled -> "stalled: did not end within " + seconds(stalled.limit()) + " s and was killed";
            case Flooded flooded -> "flooded: wrote more than " + flooded.limit() + " bytes and was killed";
        };
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0
                ? String.valueOf(limit.toSeconds())
                : String.valueOf(limit.toMillis() / 1e3);
    }

    /** Names of the signals that a crash ends with, the same on Linux and macOS but for the bus error. */
    final class Signals {
        private static final Map<Integer, String> NAMES = Map.of(4, "SIGILL", 5, "SIGTRAP", 6, "SIGABRT", 7, "SIGBUS",
                8, "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 13, "SIGPIPE", 14, "SIGALRM", 15, "SIGTERM");

        private Signals() {
        }

        static String name(int signal) {
            return NAMES.containsKey(signal) ? " (" + NAMES.get(signal) + ")" : "";
        }
    }
}
