package rwkvms.faults;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import rwkvms.faults.Fault.Expectation;

/** Makes the library of each fault and has it judged, two faults at a time. */
final class FaultRuns {
    private static final int AT_A_TIME = 2;
    private static final Path FOLDER = Path.of("target", "faults");

    private FaultRuns() {
    }

    /**
     * Judges faults.
     *
     * @param stop whether the first suite that notices a fault is enough
     */
    static KillMatrix run(List<Fault> faults, boolean stop) throws Exception {
        long start = System.nanoTime();
        NativeBuild build = NativeBuild.read();
        List<Judged> rows = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME)) {
            Workshop workshop = Workshop.open(build, FOLDER, faults, pool);
            Judge judge = new Judge(build, FOLDER, stop);
            List<Task> tasks = new ArrayList<>(faults.stream().map(fault -> new Task(fault, workshop, judge)).toList());
            // Those that every suite passes take the longest: first of all, so that none is left over at the end.
            tasks.sort(Comparator.comparing(task -> task.fault().expectation() != Expectation.EQUIVALENT));
            for (Future<Judged> row : pool.invokeAll(tasks)) {
                rows.add(row.get());
            }
            rows.sort(Comparator.comparingInt(row -> faults.indexOf(row.fault())));
        }
        return new KillMatrix(rows, seconds(start));
    }

    private record Task(Fault fault, Workshop workshop, Judge judge) implements Callable<Judged> {
        @Override
        public Judged call() throws Exception {
            long begun = System.nanoTime();
            Map<Suite, SuiteResult> results = judge.judge(fault, workshop.library(fault));
            return new Judged(fault, results, seconds(begun));
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
