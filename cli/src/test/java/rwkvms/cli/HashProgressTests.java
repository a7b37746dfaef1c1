package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

/** The bar of a long hash: at most ten times per second, wiped at the end, none for a small file. */
final class HashProgressTests {
    private static final String WIPED = "\r" + " ".repeat(60) + "\r";
    private static final long TOTAL = 8_000_000_000L;

    /** An arbitrary reading of the clock. */
    private static final long START = 5_000_000_000L;

    private final StringWriter text = new StringWriter();
    private final AtomicLong nanos = new AtomicLong(START);
    private final HashProgress progress = new HashProgress("base", new Terminal.Line(new PrintWriter(text), true),
            nanos::get);

    @Test
    void theBarFollowsTheHash() {
        at(50, 100_000_000);
        assertThat(text.toString()).isEmpty();
        at(1_000, 2_000_000_000);
        at(1_050, 2_100_000_000);
        at(4_000, 4_000_000_000L);
        at(8_000, TOTAL);
        assertThat(text.toString()).isEqualTo(WIPED + "gate: base [=====               ] 25 % of 8.0 GB, 2.00 GB/s"
                + WIPED + "gate: base [==========          ] 50 % of 8.0 GB, 1.00 GB/s" + WIPED);
    }

    @Test
    void aSmallFileHasNone() {
        nanos.set(START + 1_000_000_000);
        progress.at(1, 1_000_000);
        assertThat(text.toString()).isEmpty();
    }

    /** The bar appears from 256 MiB on, a tenth of a second after the start or the last time. */
    @Test
    void theLimitsAreItsOwn() {
        long min = 256L << 20;
        nanos.set(START + 100_000_000);
        progress.at(min / 2, min - 1);
        assertThat(text.toString()).isEmpty();
        nanos.set(START + 99_999_999);
        progress.at(min / 2, min);
        assertThat(text.toString()).isEmpty();
        nanos.set(START + 100_000_000);
        progress.at(min / 2, min);
        assertThat(text.toString())
                .isEqualTo(WIPED + "gate: base [==========          ] 50 % of 0.3 GB, 1.34 GB/s");
        progress.at(min, min);
        assertThat(text.toString()).endsWith("GB/s" + WIPED);
    }

    private void at(long milliseconds, long done) {
        nanos.set(START + milliseconds * 1_000_000);
        progress.at(done, TOTAL);
    }
}
