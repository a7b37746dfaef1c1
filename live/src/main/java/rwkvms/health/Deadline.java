package rwkvms.health;

import java.time.Duration;

/** When a whole run must be over. */
final class Deadline {
    private final long end;
    private final Duration limit;

    Deadline(Duration limit) {
        this.limit = limit;
        this.end = System.nanoTime() + limit.toNanos();
    }

    /** What is left of the run, at most {@code most}; a {@link ProbeException} where nothing is. */
    Duration left(Duration most) {
        Duration left = Duration.ofNanos(end - System.nanoTime());
        if (left.isNegative() || left.isZero()) {
            throw new ProbeException("time: expected the run to end within " + Probe.seconds(limit)
                    + ", found more to do then");
        }
        return left.compareTo(most) < 0 ? left : most;
    }
}
