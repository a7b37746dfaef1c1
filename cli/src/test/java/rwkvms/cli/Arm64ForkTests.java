package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.testing.ArmVariants;
import rwkvms.live.fork.ExpectedAnswer;
import rwkvms.live.fork.ForkAnswer;
import rwkvms.live.fork.ForkCase;
import rwkvms.live.fork.ForkCases;
import rwkvms.live.fork.ForkResult;
import rwkvms.live.fork.ForkRun;
import rwkvms.nativeruntime.NativeRuntime;

/**
 * {@code gate fork} on the fixture executable for ARM, once for each CPU variant of ggml; with longer vectors its golden cases
 * alone.
 */
final class Arm64ForkTests {
    /** Of live_parity, which starts the runtime before it opens a file. */
    private static final Ending.Exited NO_SUCH_PROCESSOR = new Ending.Exited(3);
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    private Path folder = Path.of("");

    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        return ArmVariants.forEach(this::judge);
    }

    private Optional<String> judge(Path programs) throws Exception {
        Child.Run started = new Child(List.of(programs.resolve("live_parity").toString(), "no model", "no sidecar",
                "no records"), programs, Map.of(), LIMIT).run();
        if (started.ending().equals(NO_SUCH_PROCESSOR)) {
            return Optional.of(started.out().strip());
        }
        if (ArmVariants.isAgain(programs)) {
            judgeGoldenCases(programs);
        } else {
            judgeAll(programs);
        }
        return Optional.empty();
    }

    private static void judgeAll(Path programs) throws Exception {
        long start = System.nanoTime();
        GateRun run = GateRun.of("fork", "--bin", programs, "--timeout", LIMIT.toSeconds(), "--json");
        JsonNode json = run.json();
        double largest = json.path("cases").valueStream().map(each -> each.path("answer"))
                .filter(answer -> answer.path("ok").booleanValue())
                .mapToDouble(answer -> answer.path("max_abs_diff").doubleValue()).max().orElse(Double.NaN);
        print("gate fork", programs, json.path("judged") + " of " + json.path("expected"), largest, start);
        assertThat(json.path("errors").valueStream().map(JsonNode::asText)).as(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.PASSED);
        assertThat(json.path("judged").intValue()).isEqualTo(json.path("expected").intValue()).isGreaterThan(120);
    }

    /** What the length of vectors can change: the sums of ggml. Without a sidecar, or of a damaged one, it makes none. */
    private void judgeGoldenCases(Path programs) throws Exception {
        long start = System.nanoTime();
        Path work = Files.createDirectory(folder.resolve(programs.getParent().getFileName()));
        try (NativeRuntime ours = NativeRuntime.open()) {
            List<ForkCase> cases = new ForkCases(ours, Tolerance.DEFAULT, work).of(GoldenFolder.cases()).stream()
                    .filter(each -> each.wanted() == ExpectedAnswer.OK && each.sidecar().isPresent()).toList();
            List<ForkResult> results = new ForkRun(programs.resolve(ForkCommand.EXECUTABLE), Tolerance.DEFAULT, LIMIT)
                    .judge(cases, work, _ -> {
                    });
            assertThat(results).hasSameSizeAs(cases).hasSizeGreaterThan(50)
                    .allSatisfy(result -> assertThat(result.problems()).as("%s", result.command()).isEmpty());
            print("golden cases", programs, results.size() + " of " + cases.size(), results.stream()
                    .mapToDouble(result -> ForkAnswer.read(result.run().out()).answer().orElseThrow().maxAbsDiff())
                    .max().orElseThrow(), start);
        }
    }

    private static void print(String what, Path programs, String answers, double largest, long start) {
        System.out.println(what + " on " + programs.getParent().getFileName() + ": " + answers
                + " answers, max abs diff " + largest + ", " + (System.nanoTime() - start) / 1_000_000_000 + " s");
    }
}
