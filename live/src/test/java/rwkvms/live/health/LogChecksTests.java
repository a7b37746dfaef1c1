package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lines of a server's log: the required ones, and the two written since the check began. */
@Timeout(60)
final class LogChecksTests {
    private static final List<String> CAUSED = List.of("RWKV-MS exact-prefix slot reuse", "rolled context state back");
    private static final Duration AT_ONCE = Duration.ofNanos(1);

    @TempDir
    private Path folder = Path.of("");

    private Path file(List<String> lines) throws IOException {
        return Files.write(folder.resolve("server.log"), lines);
    }

    private static List<String> facts(LogChecks checks) throws IOException {
        Facts facts = new Facts();
        checks.needles(facts);
        return facts.all();
    }

    @Test
    void allLinesAreThere() throws IOException {
        Path log = file(StandIn.LOGGED);
        LogChecks checks = new LogChecks(log, AT_ONCE);
        Files.write(log, CAUSED, StandardOpenOption.APPEND);
        assertThat(facts(checks)).containsExactly("lines found 9");
    }

    @Test
    void whatWasLoggedBeforeTheCheckBeganIsNotOfIt() throws IOException {
        Path log = file(StandIn.LOGGED);
        Files.write(log, CAUSED, StandardOpenOption.APPEND);
        LogChecks checks = new LogChecks(log, AT_ONCE);
        assertThatExceptionOfType(ServerException.class).isThrownBy(() -> facts(checks)).withMessage(log
                + ": expected, found none of: [exact_prefix_reuse \"RWKV-MS exact-prefix slot reuse\" since the check "
                + "began, transactional_restore_rollback \"rolled context state back\" since the check began]");
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Path log = file(StandIn.LOGGED.subList(1, 7));
        LogChecks checks = new LogChecks(log, AT_ONCE);
        Files.write(log, CAUSED, StandardOpenOption.APPEND);
        Facts facts = new Facts();
        assertThatExceptionOfType(ServerException.class).isThrownBy(() -> checks.needles(facts)).withMessage(
                log + ": expected, found none of: [rwkv_ms_active \"RWKV-MS runtime is active\"]");
        assertThat(facts.all()).containsExactly("lines found 8");
    }

    /** A log that was truncated is read from its beginning. */
    @Test
    void aLogThatBecameShorterIsAnotherOne() throws IOException {
        Path log = file(List.of("x".repeat(10_000)));
        LogChecks checks = new LogChecks(log, AT_ONCE);
        file(StandIn.LOGGED);
        Files.write(log, CAUSED, StandardOpenOption.APPEND);
        assertThat(facts(checks)).containsExactly("lines found 9");
    }

    /** A server may write a line shortly after its answer: the check looks again until the lines are there. */
    @Test
    void aLineMayComeLater() throws Exception {
        Path log = file(StandIn.LOGGED);
        LogChecks checks = new LogChecks(log, Duration.ofSeconds(1));
        Thread late = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(150);
                Files.write(log, CAUSED, StandardOpenOption.APPEND);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(lateFacts(checks, late)).containsExactly("lines found 9");
    }

    @Test
    void anInterruptEndsTheLooking() throws IOException {
        LogChecks checks = new LogChecks(file(StandIn.LOGGED), Duration.ofSeconds(1));
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(ServerException.class).isThrownBy(() -> facts(checks)).withMessage("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    /** On a busy machine, too: if the first look was too early, the next one finds the lines. */
    private static List<String> lateFacts(LogChecks checks, Thread late) throws Exception {
        try {
            return facts(checks);
        } catch (ServerException tooEarly) {
            late.join();
            return facts(checks);
        }
    }
}
