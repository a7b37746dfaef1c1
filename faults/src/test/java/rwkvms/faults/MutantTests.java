package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;
import rwkvms.faults.Mutants.Equivalent;
import rwkvms.fixtures.testing.Shard;
import rwkvms.report.AllureReport;

/** The profile {@code mutants}: mechanical changes of the C++ sources, or a {@link Shard} of them, judged as the catalogue's faults are. */
final class MutantTests {
    static final String TABLE = "mutants.csv";
    /** Names of those that do not compile. */
    static final String LEFT_OUT = "mutants-left-out.txt";

    private static final int COUNT = Integer.getInteger("rwkvms.mutants", 300);
    /** Share of the mutants that change something. */
    private static final double MIN_KILLED = 0.95;

    @Test
    void mutantsAreKilled() throws Exception {
        if (!FaultRuns.CHOICE.equals(FaultRuns.MUTANTS)) {
            throw new TestAbortedException("NOT EVALUATED: mechanical mutants are judged by the profile mutants");
        }
        List<Fault> mutants = Shard.ofBuild().part(Mutants.some(COUNT));
        FaultRuns.Judged judged = FaultRuns.runMutants(mutants);
        KillMatrix matrix = judged.matrix();
        Set<String> known = Mutants.equivalent().stream().map(Equivalent::mutant).collect(Collectors.toSet());
        List<KillMatrix.Row> alive = matrix.rows().stream().filter(row -> !row.killed()).toList();
        List<KillMatrix.Row> equivalent = alive.stream().filter(row -> known.contains(Mutants.text(row.fault())))
                .toList();
        List<KillMatrix.Row> unexplained = alive.stream().filter(row -> !known.contains(Mutants.text(row.fault())))
                .toList();
        String summary = String.format(Locale.ROOT, "%d mutants in %.0f s: %d killed, %d equivalent, %d live",
                matrix.rows().size(), matrix.seconds(), matrix.kills(), equivalent.size(), unexplained.size());
        String survivors = unexplained.stream().map(row -> row.fault().breaks() + "\n").collect(Collectors.joining());
        System.out.println(summary);
        Files.writeString(Path.of("target", TABLE), matrix.csv());
        Set<String> compiled = matrix.rows().stream().map(row -> row.fault().name()).collect(Collectors.toSet());
        Files.write(Path.of("target", LEFT_OUT),
                mutants.stream().map(Fault::name).filter(name -> !compiled.contains(name)).toList());
        Files.writeString(Path.of("target", "mutants-alive.txt"), survivors);
        AllureReport.ofTest().description("<p>" + summary + "</p>");
        AllureReport.ofTest().attachCsv("mutants", matrix.csv());
        AllureReport.ofTest().attachText("survivors", survivors);
        AllureReport.ofTest().figure("gate power", "mutants killed", summary);
        double killed = (double) matrix.kills() / (matrix.rows().size() - equivalent.size());
        assertThat(judged.unjudged()).as("mutants without a verdict").isEmpty();
        assertThat(killed).as("%s; alive:%n%s", summary, survivors).isGreaterThanOrEqualTo(MIN_KILLED);
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
