package rwkvms.live.health;

import java.time.Duration;

/** When a whole run must be over. */
final class Deadline {
    private final long end;
    private final Duration limit;

    Deadline(Duration limit) {
        this.limit = limit;
        this.end = System.nanoTime() + limit.toNanos();
    }

    /** What is left of the run, at most {@code most}; a {@link ServerException} where nothing is. */
    Duration left(Duration max) {
        Duration left = Duration.ofNanos(end - System.nanoTime());
        if (left.isNegative() || left.isZero()) {
            throw new ServerException("time: expected the run to end within " + ServerClient.seconds(limit)
                    + ", found more to do then");
        }
        return left.compareTo(max) < 0 ? left : max;
    }
}
