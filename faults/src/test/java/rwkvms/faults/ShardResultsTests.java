package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.fixtures.testing.Shard;
import rwkvms.report.AllureReport;

/**
 * What all shards of a run found, together: {@code -Dshard.results=FOLDER} names the folder with the files {@code kill-matrix.csv},
 * or {@code mutants.csv}, that they left in their {@code target}. Without it only this judging is tested.
 */
final class ShardResultsTests {
    private static final String FOLDER = System.getProperty("rwkvms.shard.results", "");
    private static final double MIN_LOCALISED = 0.95;
    private static final double MIN_MUTANTS_KILLED = 0.99;

    private static Path folder() {
        if (FOLDER.isEmpty()) {
            throw new TestAbortedException("NOT EVALUATED: no shards to judge; name their folder with -Dshard.results");
        }
        return Path.of(FOLDER);
    }

    @Test
    void theShardsTogetherAreTheCatalogueAndEachIsAsExpected() throws IOException {
        ShardResults results = ShardResults.read(folder(), KillMatrixTests.TABLE);
        System.out.println("faults: " + results.summary());
        AllureReport.ofTest().description("<p>" + results.summary() + "</p>");
        assertThat(results.names()).containsExactlyInAnyOrderElementsOf(names(Catalogue.all()));
        assertThat(results.lines()).filteredOn(line -> !line.asExpected()).isEmpty();
        assertThat((double) results.localised() / results.kills()).isGreaterThanOrEqualTo(MIN_LOCALISED);
    }

    @Test
    void theShardsTogetherAreAllMutants() throws IOException {
        ShardResults results = ShardResults.read(folder(), MutantRun.TABLE);
        List<String> judged = new ArrayList<>(results.names());
        List<String> leftOut = ShardResults.words(folder(), MutantRun.LEFT_OUT);
        judged.addAll(leftOut);
        assertThat(judged).containsExactlyInAnyOrderElementsOf(names(Mutants.all()));
        Set<String> known = Mutants.equivalent().stream().map(Mutants.Equivalent::mutant).collect(Collectors.toSet());
        Set<String> equivalent = Mutants.all().stream().filter(mutant -> known.contains(Mutants.text(mutant)))
                .map(Fault::name).collect(Collectors.toSet());
        List<ShardResults.Line> alive = results.lines().stream()
                .filter(line -> !line.killed() && !equivalent.contains(line.fault())).toList();
        String summary = "mutants: " + results.summary() + "; " + leftOut.size() + " do not compile; alive: " + alive;
        System.out.println(summary);
        AllureReport.ofTest().description("<p>" + summary + "</p>");
        assertThat((double) results.kills() / (results.kills() + alive.size())).as(summary)
                .isGreaterThanOrEqualTo(MIN_MUTANTS_KILLED);
    }

    @Test
    void shardsOfTheCatalogueAreTheWholeAndTakeAboutTheSameTime() throws IOException {
        FaultCosts costs = FaultCosts.read();
        List<Fault> all = Catalogue.all();
        double whole = all.stream().mapToDouble(costs::of).sum();
        List<Fault> together = new ArrayList<>();
        for (Shard shard : Shard.all(4)) {
            List<Fault> part = shard.part(all, costs::of);
            together.addAll(part);
            assertThat(part.stream().mapToDouble(costs::of).sum()).as("seconds of shard " + shard)
                    .isBetween(whole / 4 * 0.95, whole / 4 * 1.05);
        }
        assertThat(together).containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    void theTableOfAShardIsReadBack(@TempDir Path folder) throws IOException {
        List<Fault> faults = Catalogue.all().subList(0, 3);
        List<KillMatrix.Row> rows = new ArrayList<>();
        for (Fault fault : faults) {
            Map<Suite, SuiteResult> found = new EnumMap<>(Suite.class);
            found.put(Suite.GOLDEN, fault == faults.get(1)
                    ? new SuiteResult.Passed(3)
                    : new SuiteResult.Failed(Optional.of(fault.stage()), "a, \"quoted\" text"));
            rows.add(new KillMatrix.Row(fault, found, 1.5));
        }
        write(folder.resolve("1"), new KillMatrix(rows.subList(0, 2), 1));
        write(folder.resolve("2/target"), new KillMatrix(rows.subList(2, 3), 1));
        ShardResults results = ShardResults.read(folder, KillMatrixTests.TABLE);
        assertThat(results.names()).containsExactlyInAnyOrderElementsOf(names(faults));
        assertThat(results.summary()).isEqualTo("3 judged: 2 of 3 killed, stage named for 2");
        assertThat(results.lines()).filteredOn(line -> !line.asExpected()).extracting(ShardResults.Line::fault)
                .containsExactly(faults.get(1).name());
    }

    @Test
    void aFolderWithoutTablesIsRefused(@TempDir Path folder) {
        assertThatThrownBy(() -> ShardResults.read(folder, KillMatrixTests.TABLE)).isInstanceOf(IOException.class)
                .hasMessage(folder + ": expected the file kill-matrix.csv of each shard, found none");
    }

    private static void write(Path folder, KillMatrix matrix) throws IOException {
        Files.writeString(Files.createDirectories(folder).resolve(KillMatrixTests.TABLE), matrix.csv());
    }

    private static List<String> names(List<Fault> faults) {
        return faults.stream().map(Fault::name).toList();
    }
}
