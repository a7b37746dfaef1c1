package rwkvms.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.state.checks.StateCheck;
import rwkvms.state.checks.StateChecks;

/** A pipe changes nothing: the reference behind one gives the bits that it gives here. */
final class PipeGoldenTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root", "..")).resolve("golden/data");
    private static final Duration LIMIT = Duration.ofSeconds(60);

    static PipeRuntime reference() throws IOException {
        return PipeRuntime.start(command(ReferenceTestee.class), LIMIT);
    }

    /** The command line that runs a main class of these tests. */
    static String command(Class<?> main) {
        return String.join(" ", List.of("'" + Path.of(System.getProperty("java.home"), "bin", "java") + "'",
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp",
                "'" + System.getProperty("java.class.path") + "'", main.getName()));
    }

    @Test
    void everyGoldenCaseIsTheSameOverAPipe() throws Exception {
        List<String> judged = new ArrayList<>();
        try (PipeRuntime piped = reference(); MemoryRuntime direct = new ReferenceRuntime()) {
            for (CaseFiles files : CaseFiles.below(GOLDEN)) {
                try (GoldenCase golden = GoldenCase.open(files)) {
                    assertSame(files.name(), new FixtureCheck(golden, Tolerance.DEFAULT), piped, direct);
                    judged.add(files.name());
                }
                CaseFiles alone = new CaseFiles(files.name(), files.fixture(), Optional.empty(), Optional.empty());
                try (GoldenCase golden = GoldenCase.open(alone)) {
                    assertSame(files.name() + " alone", new FixtureCheck(golden, Tolerance.DEFAULT), piped, direct);
                }
            }
            assertThat(piped.finish()).isEmpty();
            assertThat(piped.said()).isEmpty();
        }
        assertThat(judged).hasSizeGreaterThanOrEqualTo(50);
    }

    private static void assertSame(String name, FixtureCheck check, MemoryRuntime piped, MemoryRuntime direct)
            throws NotEvaluatedException {
        TensorSet expected = check.run(direct, Calls.WHOLE);
        TensorSet found = check.run(piped, Calls.WHOLE);
        assertThat(found.names()).as(name).isEqualTo(expected.names());
        assertThat(found.names()).as(name).allMatch(tensor -> found.get(tensor)
                .sameBits(expected.get(tensor).dtype().isFloating()
                        ? expected.get(tensor).asFloat32()
                        : expected.get(tensor)));
    }
}
