package rwkvms.state.tests;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** One thread beside the test's own, for handing a session over. */
final class OtherThread {
    private static final ExecutorService THREAD = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("other").factory());

    private OtherThread() {
    }

    /** Runs an action there to its end, and throws here what it threw. */
    static void run(Runnable action) {
        try {
            THREAD.submit(action).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("nobody interrupts a test", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }
}
