package rwkvms.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.opentest4j.TestAbortedException;
import rwkvms.fixtures.testing.Shard;
import rwkvms.report.AllureReport;

/**
 * The faults of the catalogue, each compiled into a library of its own and judged by the suites. {@code -Dfaults=all} takes
 * all of them, {@code -Dfaults=name,name} some. The first suite that notices a fault is enough; {@code -Dfaults.suites=all} runs every
 * suite on each fault of the math. {@code -Dshard=K/N} takes a part of the faults, and {@link ShardResultsTests} judges what all parts
 * found.
 */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class KillMatrixTests {
    static final String TABLE = "kill-matrix.csv";

    private static final String CHOICE = FaultRuns.CHOICE;
    private static final Shard SHARD = Shard.ofBuild();
    private static final boolean WHOLE = SHARD.isAll() && (FaultRuns.DEFAULT || CHOICE.equals("all"));
    /** Share of the killed faults whose stage the first divergence must name. */
    private static final double MIN_LOCALISED = 0.95;

    /** Share of the faults with a hypothesis that the gate must name first. */
    private static final double MIN_NAMED = 0.95;

    private KillMatrix matrix;
    private List<String> unjudged;

    @BeforeAll
    void judge() throws Exception {
        if (CHOICE.equals(FaultRuns.MUTANTS)) {
            throw new TestAbortedException("NOT EVALUATED: the profile mutants leaves the catalogue aside");
        }
        List<Fault> faults = SHARD.part(Catalogue.chosen(CHOICE), FaultCosts.read()::of);
        FaultRuns.Judged judged = FaultRuns.run(faults, !FaultRuns.EVERY_SUITE);
        matrix = judged.matrix();
        unjudged = judged.unjudged();
        unjudged.forEach(System.out::println);
        System.out.println(matrix.summary());
        System.out.println(new Origins(matrix.rows()).summary());
        Files.writeString(Path.of("target", TABLE), matrix.csv());
    }

    @TestFactory
    Stream<DynamicTest> faults() {
        return matrix.rows().stream().map(row -> DynamicTest.dynamicTest(
                row.fault().name() + ": " + row.fault().expectation().label(),
                () -> assertThat(row.asExpected()).as("%s, expected %s", row, row.fault().expectation().label())
                        .isTrue()));
    }

    @Test
    void theMatrix() throws IOException {
        AllureReport report = AllureReport.ofTest();
        report.description("<p>" + new Origins(matrix.rows()).summary() + "</p>" + matrix.html());
        report.attachCsv("kill matrix", matrix.csv());
        matrix.figures().forEach((name, value) -> report.figure("gate power", name, value));
        List<KillMatrix.Row> wrong = matrix.rows().stream().filter(row -> !row.asExpected()).toList();
        assertThat(wrong).as(matrix.summary()).isEmpty();
    }

    /** A fault without a verdict fails the run, and takes nothing from the others. */
    @Test
    void everyFaultIsJudged() {
        assertThat(unjudged).as("faults without a verdict").isEmpty();
    }

    private static void requireWhole() {
        if (!WHOLE) {
            throw new TestAbortedException(
                    "NOT EVALUATED: shares are asked only of all shards of the faults default or all");
        }
    }

    @Test
    void theFirstDivergenceNamesTheStage() {
        requireWhole();
        assertThat(matrix.localisation()).as("%s; not named: %s", matrix.summary(),
                matrix.rows().stream().filter(row -> row.killed() && !row.localised()).toList())
                .isGreaterThanOrEqualTo(MIN_LOCALISED);
    }

    @Test
    void theGateNamesTheMistake() {
        requireWhole();
        if (!FaultRuns.NAMES) {
            throw new TestAbortedException("NOT EVALUATED: names of mistakes are asked for with -Pfaults");
        }
        assertThat(matrix.rows()).filteredOn(KillMatrix.Row::wronglyNamed).extracting(row -> row.fault().name() + ": "
                + row.hypotheses()).as("faults that are given a wrong name").isEmpty();
        assertThat(matrix.namedFirst()).as("%s; not named first: %s", matrix.summary(), matrix.rows().stream()
                .filter(row -> row.hasHypothesis() && !row.namedFirst())
                .map(row -> row.fault().name() + ": " + row.hypotheses()).toList())
                .isGreaterThanOrEqualTo(MIN_NAMED);
    }

    @Test
    void everySuiteJudges() {
        requireWhole();
        for (Suite suite : Suite.values()) {
            assertThat(matrix.rows()).as("faults that %s judged", suite.label())
                    .anyMatch(row -> !(row.result(suite) instanceof SuiteResult.NotRun));
        }
        assertThat(Arrays.asList(Suite.values())).filteredOn(suite -> suite.stage().isPresent())
                .allSatisfy(suite -> assertThat(matrix.rows()).as("faults that %s noticed", suite.label())
                        .anyMatch(row -> row.result(suite).kills()));
    }
}
