package rwkvms.live.server;

import java.util.function.LongSupplier;

/**
 * Shows that a client still listens while its answer is made: something that means nothing is sent now and then, which fails
 * soon after a client has hung up. An answer that is made quickly goes without.
 */
final class Pulse {
    private static final long BETWEEN_NANOS = 100_000_000;
    /** The first write after a hang-up succeeds, and the next one fails: so it comes soon. */
    private static final long SECOND_NANOS = 10_000_000;

    private final Runnable send;
    private final LongSupplier clock;
    private long last;
    private int sent;

    /** @param send throws {@link HungUp} where nobody listens */
    Pulse(Runnable send) {
        this(send, System::nanoTime);
    }

    /** @param clock in nanoseconds */
    Pulse(Runnable send, LongSupplier clock) {
        this.send = send;
        this.clock = clock;
        this.last = clock.getAsLong();
    }

    /** Passes while the client is there. */
    void check() {
        long now = clock.getAsLong();
        if (now - last >= (sent == 1 ? SECOND_NANOS : BETWEEN_NANOS)) {
            sent++;
            last = now;
            send.run();
        }
    }
}
