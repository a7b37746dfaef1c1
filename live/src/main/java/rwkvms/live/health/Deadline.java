package rwkvms.live.health;

import java.time.Duration;

/** The time at which a whole run must be over. */
final class Deadline {
    private final long end;
    private final Duration limit;

    Deadline(Duration limit) {
        this.limit = limit;
        this.end = System.nanoTime() + limit.toNanos();
    }

    /** The time that is left, at most {@code max}; a {@link ServerException} if none is. */
    Duration left(Duration max) {
        Duration left = Duration.ofNanos(end - System.nanoTime());
        if (left.isNegative() || left.isZero()) {
            throw new ServerException("time: expected the run to end within " + ServerClient.seconds(limit)
                    + ", found more to do then");
        }
        return left.compareTo(max) < 0 ? left : max;
    }
}
