package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a pulse is sent: not immediately, then soon once more, then at intervals. */
final class PulseTests {
    private static final long MILLI = 1_000_000;

    private long now = -50 * MILLI;

    @Test
    void whenItIsSent() {
        List<Long> sent = new ArrayList<>();
        Pulse pulse = new Pulse(() -> sent.add(now / MILLI), () -> now);
        for (; now <= 320 * MILLI; now += MILLI) {
            pulse.check();
        }
        assertThat(sent).containsExactly(50L, 60L, 160L, 260L);
    }

    @Test
    void aQuickAnswerGoesWithout() {
        Pulse pulse = new Pulse(() -> {
            throw new HungUpException();
        });
        pulse.check();
    }
}
