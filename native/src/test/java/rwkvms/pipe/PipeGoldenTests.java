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
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.NotOfferedFailure;
import rwkvms.runtime.TensorSet;
import rwkvms.state.checks.StateCheck;
import rwkvms.state.checks.StateChecks;

/** A pipe changes nothing: the reference behind one gives the bits that it gives here. */
final class PipeGoldenTests {
    private static final Path GOLDEN = Path.of(System.getProperty("rwkvms.root", "..")).resolve("golden/data");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> SAVED = List.of("the payload is that of state-format.md",
            "layers out of step are not saved", "layers swapped, repeated or out of step are refused",
            "nothing of a used session survives a load");
    private static final List<String> HOST_MEMORY = List.of("clearing and removing all resets",
            "removing nothing changes nothing", "what a state cannot follow is refused",
            "there is no other sequence");
    /** Each kind of setting, input and tensor once. */
    private static final List<String> CASES = List.of("basic", "batch-mask", "free-lambda", "heads-4", "layer-5",
            "legacy-mask", "semantics-2-zero-slots", "step-trace", "streaming", "topk-2", "version-2-legacy",
            "weights-f16");

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
    void aGoldenCaseIsTheSameOverAPipe() throws Exception {
        try (PipeRuntime piped = reference(); MemoryRuntime direct = new ReferenceRuntime()) {
            for (String name : CASES) {
                CaseFiles files = CaseFiles.in(GOLDEN.resolve(name)).orElseThrow();
                try (GoldenCase golden = GoldenCase.open(files)) {
                    assertSame(files.name(), new FixtureCheck(golden, Tolerance.DEFAULT), piped, direct);
                }
                CaseFiles alone = new CaseFiles(files.name(), files.fixture(), Optional.empty(), Optional.empty());
                try (GoldenCase golden = GoldenCase.open(alone)) {
                    assertSame(files.name() + " alone", new FixtureCheck(golden, Tolerance.DEFAULT), piped, direct);
                }
            }
            assertThat(piped.finish()).isEmpty();
            assertThat(piped.said()).isEmpty();
        }
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

    /** The contract of saved states holds; a program does not follow a host's memory, which is said. */
    @Test
    void stateChecksPassOrAreNotOffered() throws Exception {
        List<String> notOffered = new ArrayList<>();
        try (PipeRuntime piped = reference()) {
            for (StateCheck check : StateChecks.all()) {
                if (HOST_MEMORY.contains(check.name()) || SAVED.contains(check.name())) {
                    try {
                        check.body().on(piped);
                    } catch (NotOfferedFailure e) {
                        assertThat(e).hasMessage("this runtime neither saves states nor follows a host's memory");
                        notOffered.add(check.name());
                    }
                }
            }
        }
        assertThat(notOffered).isEqualTo(HOST_MEMORY);
    }
}
