package rwkvms.cli;

import java.time.Duration;

/** Interrupts the thread that made it when a signal ends the JVM, which then waits until that thread has cleaned up. */
final class ShutdownSignal implements AutoCloseable {
    /** How long the thread may take. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    private final Thread hook;
    private volatile boolean asked;

    ShutdownSignal() {
        Thread working = Thread.currentThread();
        this.hook = new Thread(() -> {
            asked = true;
            working.interrupt();
            try {
                working.join(GRACE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether a signal has come. */
    boolean asked() {
        return asked;
    }

    /** Waits until the time is over, an interrupt, or a signal. */
    static void await(long seconds) {
        try {
            Thread.sleep(Duration.ofSeconds(seconds));
        } catch (InterruptedException stopped) {
            // it ends earlier
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // the hook waits for this thread
        }
    }
}
