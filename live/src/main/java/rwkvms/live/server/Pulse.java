package rwkvms.live.server;

import java.util.function.LongSupplier;

/**
 * Tells whether a client still listens while its answer is made: now and then it sends something meaningless, which
 * fails soon after a client has hung up. A quick answer needs none.
 */
final class Pulse {
    private static final long BETWEEN_NANOS = 100_000_000;
    /** The time to the second pulse: the first write after a hang-up succeeds, and only the next one fails. */
    private static final long SECOND_NANOS = 10_000_000;

    private final Runnable send;
    private final LongSupplier clock;
    private long last;
    private int sent;

    /** @param send throws {@link HungUpException} if nobody listens */
    Pulse(Runnable send) {
        this(send, System::nanoTime);
    }

    /** @param clock in nanoseconds */
    Pulse(Runnable send, LongSupplier clock) {
        this.send = send;
        this.clock = clock;
        this.last = clock.getAsLong();
    }

    /** Sends a pulse if it is time; it throws {@link HungUpException} if the client is gone. */
    void check() {
        long now = clock.getAsLong();
        if (now - last >= (sent == 1 ? SECOND_NANOS : BETWEEN_NANOS)) {
            sent++;
            last = now;
            send.run();
        }
    }
}
