package rwkvms.child;

import java.time.Duration;
import java.util.Map;

/** How a child ended. */
public sealed interface Ending {
    /** It ended by itself with that code. */
    record Exited(int code) implements Ending {
    }

    /** It ended by a signal that we did not send: it crashed or aborted. */
    record Crashed(int signal) implements Ending {
    }

    /** It did not end in time, and was killed. */
    record Stalled(Duration limit) implements Ending {
    }

    /** It wrote too much, and was killed. */
    record Flooded(long limit) implements Ending {
    }

    /** A shell and the JVM report a death by signal n as this code plus n. */
    int SIGNALLED = 128;
    /** The largest number of a signal on Linux and macOS. */
    int LAST_SIGNAL = 64;

    /** The ending that an exit value of the JVM means. */
    static Ending of(int exitValue) {
        return exitValue > SIGNALLED && exitValue <= SIGNALLED + LAST_SIGNAL
                ? new Crashed(exitValue - SIGNALLED)
                : new Exited(exitValue);
    }

    /** The ending in words, such as {@code crashed: signal 11 (SIGSEGV)}. */
    default String words() {
        return switch (this) {
            case Exited exited -> "exit code " + exited.code();
            case Crashed crashed -> "crashed: signal " + crashed.signal() + Signals.name(crashed.signal());
            case Stalled stalled -> "stalled: did not end within " + seconds(stalled.limit()) + " s and was killed";
            case Flooded flooded -> "flooded: wrote more than " + flooded.limit() + " bytes and was killed";
        };
    }

    /** A limit in seconds, without a fraction if it has none. */
    static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0
                ? String.valueOf(limit.toSeconds())
                : String.valueOf(limit.toMillis() / 1e3);
    }

    /** The names of the signals of a crash; they are the same on Linux and macOS except for the bus error. */
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
