package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;
import rwkvms.fixtures.testing.Shard;
import rwkvms.report.AllureReport;

/** The profile {@code mutants}: mechanical changes of the C++ sources, or a {@link Shard} of them, judged as the catalogue's faults are. */
final class MutantTests {
    private static final int COUNT = Integer.getInteger("rwkvms.mutants", 300);
    /** Share of the mutants that change something. */
    private static final double MIN_KILLED = 0.99;

    @Test
    void mutantsAreKilled() throws Exception {
        if (!FaultRuns.CHOICE.equals(FaultRuns.MUTANTS)) {
            throw new TestAbortedException("NOT EVALUATED: mechanical mutants are judged by the profile mutants");
        }
        List<Fault> mutants = Shard.ofBuild().part(Mutants.some(COUNT));
        MutantRun run = MutantRun.of(mutants);
        run.write(Path.of("target"));
        System.out.println(run.summary());
        AllureReport.ofTest().description("<p>" + run.summary() + "</p>");
        AllureReport.ofTest().attachCsv("mutants", run.matrix().csv());
        AllureReport.ofTest().attachText("survivors", run.survivors());
        AllureReport.ofTest().figure("gate power", "mutants killed", run.summary());
        assertThat(run.unjudged()).as("mutants without a verdict").isEmpty();
        assertThat(run.killed()).as("%s; alive:%n%s", run.summary(), run.survivors())
                .isGreaterThanOrEqualTo(MIN_KILLED);
    }

    @Test
    void whatIsCalledEquivalentExists() throws IOException {
        Set<String> mutants = new TreeSet<>();
        Mutants.all().forEach(mutant -> mutants.add(Mutants.text(mutant)));
        assertThat(Mutants.equivalent()).allSatisfy(equivalent -> {
            assertThat(mutants).contains(equivalent.mutant());
            assertThat(equivalent.reason()).isNotBlank();
        });
    }
}
