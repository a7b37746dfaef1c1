package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import rwkvms.faults.Fault.Expectation;

/** Makes the library of each fault and has it judged, two faults at a time, or as many as the property says. */
final class FaultRuns {
    /** What the property {@code faults} asks for: default, all, mutants, or faults by name. */
    static final String CHOICE = System.getProperty("rwkvms.faults", "default");
    static final String MUTANTS = "mutants";
    /** Whether this is the run of every build. */
    static final boolean DEFAULT = CHOICE.equals("default");
    /** Whether the gate is asked which mistake each fault of the math is: two seconds a fault, which not every build pays. */
    static final boolean NAMES = !DEFAULT && !CHOICE.equals(MUTANTS);
    /** Whether every suite judges each fault of the math, which takes five times as long as the first that notices it. */
    static final boolean EVERY_SUITE = System.getProperty("rwkvms.faults.suites", "first").equals("all");

    private static final int AT_A_TIME = Integer.getInteger("rwkvms.faults.at.a.time", 2);
    /** For one child on a busy machine; all suites together take half a minute on an idle one. */
    private static final Duration LIMIT = Duration.ofSeconds(400);
    private static final Duration MUTANT_LIMIT = Duration.ofSeconds(120);
    private static final Path FOLDER = Path.of("target", "faults");

    private FaultRuns() {
    }

    /**
     * What became of a list of faults.
     *
     * @param unjudged why there is no verdict on the faults that are not in the matrix
     */
    record Judged(KillMatrix matrix, List<String> unjudged) {
    }

    /** Judges faults of the catalogue; {@code stop} says whether the first suite that notices a fault is enough. */
    static Judged run(List<Fault> faults, boolean stop) throws Exception {
        return run(faults, stop, LIMIT, false);
    }

    /** Judges mutants. One that does not compile is left out; some are expected to hang. */
    static Judged runMutants(List<Fault> mutants) throws Exception {
        return run(mutants, true, MUTANT_LIMIT, true);
    }

    private static Judged run(List<Fault> faults, boolean stop, Duration limit, boolean mayNotCompile)
            throws Exception {
        long start = System.nanoTime();
        NativeBuild build = NativeBuild.read();
        List<KillMatrix.Row> rows = new ArrayList<>();
        List<String> unjudged = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME)) {
            Workshop workshop = Workshop.open(build, FOLDER, faults, pool);
            Judge judge = new Judge(build, FOLDER, stop, limit);
            List<Task> tasks = new ArrayList<>(
                    faults.stream().map(fault -> new Task(fault, workshop, judge, mayNotCompile, unjudged)).toList());
            // Equivalent faults take the longest, because every suite runs: they go first.
            tasks.sort(Comparator.comparing(task -> task.fault().expectation() != Expectation.EQUIVALENT));
            for (Future<Optional<KillMatrix.Row>> row : pool.invokeAll(tasks)) {
                row.get().ifPresent(rows::add);
            }
            rows.sort(Comparator.comparingInt(row -> faults.indexOf(row.fault())));
        }
        return new Judged(new KillMatrix(rows, seconds(start)), unjudged);
    }

    private record Task(Fault fault, Workshop workshop, Judge judge, boolean mayNotCompile, List<String> unjudged)
            implements
                Callable<Optional<KillMatrix.Row>> {
        @Override
        public Optional<KillMatrix.Row> call() throws Exception {
            long begun = System.nanoTime();
            try {
                Path library = workshop.library(fault);
                return Optional.of(new KillMatrix.Row(fault, judge.judge(fault, library), seconds(begun)));
            } catch (Workshop.NotMade e) {
                if (!mayNotCompile) {
                    unjudged.add(e.getMessage());
                }
            } catch (IOException e) {
                unjudged.add(e.getMessage());
            }
            return Optional.empty();
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
