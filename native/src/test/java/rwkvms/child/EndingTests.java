package rwkvms.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a child ended, from its exit value, in words. */
final class EndingTests {
    @ParameterizedTest
    @CsvSource({"0, exit code 0", "1, exit code 1", "128, exit code 128", "129, crashed: signal 1",
            "132, crashed: signal 4 (SIGILL)", "133, crashed: signal 5 (SIGTRAP)", "134, crashed: signal 6 (SIGABRT)",
            "135, crashed: signal 7 (SIGBUS)", "136, crashed: signal 8 (SIGFPE)", "137, crashed: signal 9 (SIGKILL)",
            "139, crashed: signal 11 (SIGSEGV)", "141, crashed: signal 13 (SIGPIPE)",
            "142, crashed: signal 14 (SIGALRM)",
            "143, crashed: signal 15 (SIGTERM)", "192, crashed: signal 64", "193, exit code 193", "255, exit code 255"})
    void exitValues(int value, String words) {
        assertThat(Ending.of(value).words()).isEqualTo(words);
    }

    @Test
    void whatWasKilled() {
        assertThat(new Ending.Stalled(Duration.ofSeconds(5)).words())
                .isEqualTo("stalled: did not end within 5 s and was killed");
        assertThat(new Ending.Stalled(Duration.ofMillis(1250)).words())
                .isEqualTo("stalled: did not end within 1.25 s and was killed");
        assertThat(new Ending.Flooded(9).words()).isEqualTo("flooded: wrote more than 9 bytes and was killed");
    }
}
