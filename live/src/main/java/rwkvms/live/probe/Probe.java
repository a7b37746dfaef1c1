package rwkvms.live.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.golden.CaseFiles;
import rwkvms.report.Entry;

/**
 * Puts a library to all checks in a child JVM. If the library ends the child, the check in which it happened has
 * failed, and another child continues with the next check.
 */
public final class Probe {
    /** After this many deaths the remaining checks are not run. */
    static final int DEATHS = 10;

    private final Path library;
    private final List<CaseFiles> golden;
    private final Duration limit;
    private final Path work;
    private final List<Entry> results = new ArrayList<>();
    private final List<Diagnosis> diagnoses = new ArrayList<>();
    private Optional<String> obstacle = Optional.empty();

    /**
     * Makes a probe; {@link #run} starts it.
     *
     * @param limit for all checks together, which take a few seconds
     * @param work  an empty folder
     */
    public Probe(Path library, List<CaseFiles> golden, Duration limit, Path work) {
        this.library = library.toAbsolutePath().normalize();
        this.golden = List.copyOf(golden);
        this.limit = limit;
        this.work = work.toAbsolutePath();
    }

    /** All checks in order. */
    public List<ProbeCheck> checks() {
        return new ProbeChecks(library, golden, work).all();
    }

    /**
     * Runs the checks. There are fewer results than checks if too many children died, the time was over, or the library
     * cannot be used at all.
     */
    public List<Entry> run() throws IOException, InterruptedException {
        List<String> all = checks().stream().map(ProbeCheck::label).toList();
        long end = System.nanoTime() + limit.toNanos();
        for (int deaths = 0; deaths < DEATHS && results.size() < all.size() && usable(); deaths++) {
            long left = end - System.nanoTime();
            if (deaths > 0 && left <= 0) {
                break;
            }
            int done = results.size();
            Child.Run run = child(done, deaths == 0 ? limit : Duration.ofNanos(left)).run();
            Path file = work.resolve("results");
            ChildResults leftBehind = ChildResults.of(file, run, all.subList(done, all.size()));
            results.addAll(leftBehind.results());
            diagnoses.addAll(leftBehind.diagnoses());
            obstacle = leftBehind.obstacle();
            Files.deleteIfExists(file);
        }
        return List.copyOf(results);
    }

    /** Why the remaining checks could not be run; known after {@link #run}. */
    public Optional<String> obstacle() {
        return obstacle;
    }

    /** What the golden cases that failed have in common, of each process that came to their end; known after {@link #run}. */
    public List<Diagnosis> diagnoses() {
        return List.copyOf(diagnoses);
    }

    private boolean usable() {
        return obstacle.isEmpty() && results.stream().limit(ProbeChild.NEEDED).allMatch(Entry::passed);
    }

    private Child child(int done, Duration time) {
        List<String> arguments = new ArrayList<>(List.of(library.toString(), work.resolve("results").toString(),
                work.toString(), String.valueOf(done)));
        golden.forEach(files -> arguments.add(String.valueOf(files.fixture().toAbsolutePath().getParent())));
        return ChildJvm.of(ProbeChild.class, arguments, work, time);
    }
}
