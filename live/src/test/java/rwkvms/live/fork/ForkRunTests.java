package rwkvms.live.fork;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;

/** Calls of an executable: here the shell, whose script stands where a fixture would. */
@Timeout(60)
final class ForkRunTests {
    private static final Path SHELL = Path.of("/bin/sh");
    private static final Tolerance TOLERANCE = new Tolerance(1e-3, 1e-4);

    @TempDir
    private Path folder = Path.of("");
    private final List<String> told = new ArrayList<>();

    private ForkCase script(String name, ExpectedAnswer wanted, Optional<Path> sidecar, String text)
            throws IOException {
        return new ForkCase(name, Files.writeString(folder.resolve(name), text), sidecar, wanted, "why", 1, 1);
    }

    private List<ForkResult> judge(Duration limit, ForkCase... cases) throws Exception {
        return new ForkRun(SHELL, TOLERANCE, limit).judge(List.of(cases), folder, told::add);
    }

    @Test
    void callsAreMadeInOrderAndJudged() throws Exception {
        String answer = "pwd; echo \"$@\"; echo '{\"ok\":true,\"compared\":1,\"sidecar\":true,\"max_abs_diff\":0}'";
        Path sidecar = Path.of("side.gguf");
        List<ForkResult> results = judge(Duration.ofSeconds(50),
                script("right", ExpectedAnswer.OK, Optional.of(sidecar), answer),
                script("wrong", ExpectedAnswer.OK, Optional.empty(), answer),
                script("open", ExpectedAnswer.ANY, Optional.empty(), "exit 9"),
                script("crashed", ExpectedAnswer.ANY, Optional.empty(), "kill -SEGV $$"));

        assertThat(told).containsExactly("right", "wrong", "open", "crashed");
        assertThat(results).extracting(result -> result.asked().name()).isEqualTo(told);
        assertThat(results).extracting(ForkResult::problems).containsExactly(List.of(),
                List.of("sidecar: expected false, found true"), List.of(),
                List.of("crashed: signal 11 (SIGSEGV)"));
        assertThat(results).extracting(ForkResult::judged).containsExactly(true, true, false, true);
        assertThat(results.getFirst().command()).containsExactly("/bin/sh", folder.resolve("right").toString(),
                sidecar.toAbsolutePath().toString(), "0.001", "1.0E-4");
        assertThat(results.get(1).command()).containsExactly("/bin/sh", folder.resolve("wrong").toString(), "0.001",
                "1.0E-4");
        assertThat(results.getFirst().run().out())
                .startsWith(folder.toRealPath() + "\n" + sidecar.toAbsolutePath() + " 0.001 1.0E-4\n");
    }

    /** After three timeouts the rest is not called: it would only take as long. */
    @Test
    void whoStallsIsNotCalledForEver() throws Exception {
        ForkCase stalling = script("stalls", ExpectedAnswer.ANY, Optional.empty(), "sleep 600");
        List<ForkResult> results = judge(Duration.ofMillis(50), stalling, stalling, stalling, stalling);

        assertThat(told).hasSize(3);
        assertThat(results).hasSize(3).allSatisfy(result -> assertThat(result.problems())
                .containsExactly("stalled: did not end within 0.05 s and was killed"));
    }
}
