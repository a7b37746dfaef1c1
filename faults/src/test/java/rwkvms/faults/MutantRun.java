package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import rwkvms.faults.Mutants.Equivalent;

/**
 * Mutants that were judged as the catalogue's faults are.
 *
 * @param unjudged why there is no verdict on those that compile and are not in the matrix
 */
record MutantRun(List<Fault> mutants, KillMatrix matrix, List<String> unjudged) {
    static final String TABLE = "mutants.csv";
    /** Names of those that do not compile. */
    static final String LEFT_OUT = "mutants-left-out.txt";
    static final String ALIVE = "mutants-alive.txt";

    static MutantRun of(List<Fault> mutants) throws Exception {
        FaultRuns.Judged judged = FaultRuns.runMutants(mutants);
        return new MutantRun(mutants, judged.matrix(), judged.unjudged());
    }

    /** Share of the mutants that change something. */
    double killed() {
        return (double) matrix.kills() / (matrix.rows().size() - alive(true).size());
    }

    String summary() {
        return String.format(Locale.ROOT, "%d mutants in %.0f s: %d killed, %d equivalent, %d live",
                matrix.rows().size(), matrix.seconds(), matrix.kills(), alive(true).size(), alive(false).size());
    }

    /** A line for each that lives and is not known to be equivalent. */
    String survivors() {
        return alive(false).stream().map(row -> row.fault().breaks() + "\n").collect(Collectors.joining());
    }

    private List<KillMatrix.Row> alive(boolean equivalent) {
        Set<String> known = Mutants.equivalent().stream().map(Equivalent::mutant).collect(Collectors.toSet());
        return matrix.rows().stream()
                .filter(row -> !row.killed() && known.contains(Mutants.text(row.fault())) == equivalent).toList();
    }

    /** The files that {@link ShardResultsTests} and a reader take. */
    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(TABLE), matrix.csv());
        Set<String> compiled = matrix.rows().stream().map(row -> row.fault().name()).collect(Collectors.toSet());
        Files.write(folder.resolve(LEFT_OUT),
                mutants.stream().map(Fault::name).filter(name -> !compiled.contains(name)).toList());
        Files.writeString(folder.resolve(ALIVE), survivors());
    }
}
