package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The time counts from when the questions begin, and all of it may be used. */
final class TimeLimitTests {
    private final AtomicLong clock = new AtomicLong(7_000_000_000L);
    private final TimeLimit limit = new TimeLimit(Duration.ofSeconds(2), clock::get);

    private void after(long nanos) {
        clock.set(7_000_000_000L + nanos);
    }

    @Test
    void itIsOverBehindItsEnd() {
        after(0);
        assertThat(limit.isOver()).isFalse();
        after(2_000_000_000L);
        assertThat(limit.isOver()).isFalse();
        after(2_000_000_001L);
        assertThat(limit.isOver()).isTrue();
    }

    @Test
    void halfOfItIsOverBehindItsMiddle() {
        after(0);
        assertThat(limit.isHalfOver()).isFalse();
        after(1_000_000_000L);
        assertThat(limit.isHalfOver()).isFalse();
        after(1_000_000_001L);
        assertThat(limit.isHalfOver()).isTrue();
        assertThat(limit.isOver()).isFalse();
    }

    @Test
    void itIsWrittenInSeconds() {
        assertThat(limit).hasToString("2 s");
    }
}
