package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.report.CheckedCase;

/** Several cases in one run. */
final class CheckRunTests {
    @TempDir
    private Path folder = Path.of("");

    private final List<Exception> failures = new ArrayList<>();
    private final StringWriter terminal = new StringWriter();
    private final CheckRun run = new CheckRun(Tolerance.DEFAULT,
            (files, runtime) -> files.name() + " " + runtime.asked(),
            failures::add, Optional.empty(), 1);

    @Test
    void aCaseThatCannotBeReadDoesNotHideTheOthers() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty.json"));

        run.judge(List.of(golden("empty", empty), golden("basic", EditedFixture.fixture("basic")),
                golden("streaming", EditedFixture.fixture("streaming"))), List.of(RuntimeChoice.named("reference")),
                new PrintWriter(terminal));

        assertThat(failures).singleElement().isInstanceOf(FixtureException.class);
        assertThat(run.cases()).extracting(each -> each.result().caseName()).containsExactly("basic",
                "streaming");
        assertThat(run.cases()).extracting(CheckedCase::reproduce).containsExactly("basic reference",
                "streaming reference");
    }

    @Test
    void aRuntimeThatDoesNotOpenEndsTheRun() {
        run.judge(List.of(golden("basic", EditedFixture.fixture("basic"))),
                List.of(RuntimeChoice.named("reference"), RuntimeChoice.named("none")),
                new PrintWriter(terminal));

        assertThat(failures).singleElement().isInstanceOf(IncompatibleLibraryException.class);
        assertThat(run.cases()).isEmpty();
    }

    private static Calls.OfCase golden(String name, Path fixture) {
        return Calls.OfCase.whole(new CaseFiles(name, fixture, Optional.empty(), Optional.empty()));
    }
}
