package rwkvms.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How children end, and that none of them blocks the parent. */
@Timeout(120)
class ChildTests {
    /** A limit that no child reaches. */
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Child.Run run(Duration limit, String script) throws Exception {
        return new Child(List.of("sh", "-c", script), folder, Map.of("GIVEN", "seen"), limit).run();
    }

    @Test
    void codeAndBothStreams() throws Exception {
        Child.Run run = run(LONG, "echo out $GIVEN; echo err >&2; cat; exit 3");

        assertThat(run.ending()).isEqualTo(new Ending.Exited(3));
        assertThat(run.ending().words()).isEqualTo("exit code 3");
        assertThat(run.out()).isEqualTo("out seen\n");
        assertThat(run.err()).isEqualTo("err\n");
    }

    @Test
    void aSignalIsACrash() throws Exception {
        assertThat(run(LONG, "kill -SEGV $$").ending().words()).isEqualTo("crashed: signal 11 (SIGSEGV)");
        assertThat(run(LONG, "kill -ABRT $$").ending().words()).isEqualTo("crashed: signal 6 (SIGABRT)");
        assertThat(run(LONG, "kill -USR1 $$").ending().words()).isEqualTo("crashed: signal 10");
    }

    @Test
    void aStallIsKilledWithAllThatItStarted() throws Exception {
        Child.Run run = run(Duration.ofSeconds(2), "sleep 600 & echo $! > child; echo begun; wait");

        assertThat(run.ending().words()).isEqualTo("stalled: did not end within 2 s and was killed");
        assertThat(run.out()).isEqualTo("begun\n");
        assertEnds("child");
    }

    /** A process that left the session and whose parent has ended is killed too. */
    @Test
    void whatWasLeftBehindIsKilledToo() throws Exception {
        Child.Run run = run(LONG, "(setsid sleep 600 >/dev/null 2>&1 & echo $! > left)");

        assertThat(run.succeeded()).isTrue();
        assertEnds("left");
    }

    /** A dead process is there until it is collected, which takes a second or two, but has no command. */
    private void assertEnds(String file) throws Exception {
        Optional<ProcessHandle> alive = ProcessHandle
                .of(Long.parseLong(Files.readString(folder.resolve(file)).strip()))
                .filter(process -> process.info().command().isPresent());
        if (alive.isPresent()) {
            assertThat(alive.get().onExit()).succeedsWithin(Duration.ofSeconds(10));
        }
    }

    @Test
    void aFloodIsKilled() throws Exception {
        Child.Run run = run(LONG, "yes");

        assertThat(run.ending()).isEqualTo(new Ending.Flooded(Child.FLOOD));
        assertThat(run.ending().words()).isEqualTo("flooded: wrote more than 67108864 bytes and was killed");
        assertThat(run.out()).hasSize(Capture.KEPT).startsWith("y\ny\n");
    }

    @Test
    void theTextIsSafeForATerminal() throws Exception {
        assertThat(run(LONG, "printf 'a\\033[31mb\\000c\\n'").out()).isEqualTo("a [31mb c\n");
    }

    @Test
    void folderEnvironmentAndAddressSpaceOfItsOwn() throws Exception {
        Child child = new Child(List.of("sh", "-c", "pwd; echo $GIVEN $MORE; ulimit -c; ulimit -v"), folder,
                Map.of("GIVEN", "seen"), LONG);
        Path other = Files.createDirectory(folder.resolve("other")).toRealPath();

        Child.Run run = child.in(other).with(Map.of("MORE", "too")).within(123_456).run();

        assertThat(run.succeeded()).as(run.err()).isTrue();
        assertThat(run.out().lines()).startsWith(other.toString(), "seen too", "0").hasSize(4)
                .last().isIn("123456", "unlimited");
        assertThat(run(LONG, "exit 1").succeeded()).isFalse();
    }

    @Test
    void aCallerMayReadAndKillIt() throws Exception {
        Process process = new Child(List.of("sh", "-c", "echo err >&2; echo out; exec sleep 600"), folder,
                Map.of(), LONG).start();
        try (BufferedReader said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo("err");
            assertThat(said.readLine()).isEqualTo("out");
            Child.kill(process);
            assertThat(said.readLine()).isNull();
        }
        assertThat(Ending.of(process.waitFor())).isEqualTo(new Ending.Crashed(9));
    }

    @Test
    void whatCannotBeStartedIsAnError() {
        assertThatExceptionOfType(IOException.class).isThrownBy(
                () -> new Child(List.of(folder.resolve("none").toString()), folder, Map.of(), LONG).run());
    }

    /** The limit is for one step, so that a child with many steps is not reported as stalled. */
    @Test
    void aChildThatGoesOnDoesNotStall() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Child.Run run = new Child(List.of("sh", "-c", "sleep 0.4"), folder, Map.of(), Duration.ofMillis(100))
                .run(asked::incrementAndGet);
        assertThat(run.ending()).isEqualTo(new Ending.Exited(0));
        assertThat(asked).hasValueGreaterThan(3);
    }
}
