package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.fixtures.testing.ArmVariants;

/** {@code gate fork} on the fixture executable for ARM, once for each CPU variant of ggml. */
final class Arm64ForkTests {
    /** Of live_parity, which starts the runtime before it opens a file. */
    private static final Ending.Exited NO_SUCH_PROCESSOR = new Ending.Exited(3);
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        return ArmVariants.forEach(Arm64ForkTests::judge);
    }

    private static Optional<String> judge(Path programs) throws Exception {
        Child.Run started = new Child(List.of(programs.resolve("live_parity").toString(), "no model", "no sidecar",
                "no records"), programs, Map.of(), LIMIT).run();
        if (started.ending().equals(NO_SUCH_PROCESSOR)) {
            return Optional.of(started.out().strip());
        }
        long start = System.nanoTime();
        GateRun run = GateRun.of("fork", "--bin", programs, "--timeout", LIMIT.toSeconds(), "--json");
        JsonNode json = run.json();
        double largest = json.path("cases").valueStream().map(each -> each.path("answer"))
                .filter(answer -> answer.path("ok").booleanValue())
                .mapToDouble(answer -> answer.path("max_abs_diff").doubleValue()).max().orElse(Double.NaN);
        System.out.println("gate fork on " + programs.getParent().getFileName() + ": " + json.path("judged") + " of "
                + json.path("expected") + " answers, max abs diff " + largest + ", "
                + (System.nanoTime() - start) / 1_000_000_000 + " s");
        assertThat(json.path("errors").valueStream().map(JsonNode::asText)).as(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(json.path("judged").intValue()).isEqualTo(json.path("expected").intValue()).isGreaterThan(120);
        return Optional.empty();
    }
}
