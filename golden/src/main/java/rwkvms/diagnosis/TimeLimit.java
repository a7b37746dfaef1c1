package rwkvms.diagnosis;

import java.time.Duration;
import java.util.function.LongSupplier;

/** How long the questions of a check may take, all together. */
final class TimeLimit {
    private final Duration limit;
    private final LongSupplier nanoTime;
    private final long begun;

    /** From now on, by this clock. */
    TimeLimit(Duration limit, LongSupplier nanoTime) {
        this.limit = limit;
        this.nanoTime = nanoTime;
        this.begun = nanoTime.getAsLong();
    }

    private long elapsed() {
        return nanoTime.getAsLong() - begun;
    }

    boolean isOver() {
        return elapsed() > limit.toNanos();
    }

    boolean isHalfOver() {
        return 2 * elapsed() > limit.toNanos();
    }

    /** Such as {@code 2 s}. */
    @Override
    public String toString() {
        return limit.toSeconds() + " s";
    }
}
