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
import rwkvms.golden.CaseFiles;
import rwkvms.report.Entry;

/**
 * Puts a library to all checks in a child JVM. Where the library takes the child down, the check that it died in has failed
 * by that, and another child goes on behind it.
 */
public final class Probe {
    /** After so many deaths the rest is left alone. */
    static final int DEATHS = 10;

    private final Path library;
    private final List<CaseFiles> golden;
    private final Duration limit;
    private final Path work;
    private final List<Entry> results = new ArrayList<>();
    private Optional<String> obstacle = Optional.empty();

    /**
     * A probe that has not begun.
     *
     * @param limit of all checks together, which take a few seconds
     * @param work  an empty folder
     */
    public Probe(Path library, List<CaseFiles> golden, Duration limit, Path work) {
        this.library = library.toAbsolutePath().normalize();
        this.golden = List.copyOf(golden);
        this.limit = limit;
        this.work = work.toAbsolutePath();
    }

    /** The names of all checks that there are, such as {@code golden: basic}, in their order. */
    public List<String> checks() {
        return new ProbeChecks(library, golden, work).all().stream().map(ProbeCheck::label).toList();
    }

    /**
     * Runs them; fewer results than checks where children kept dying, where the time was over, or where the library cannot be
     * used at all.
     */
    public List<Entry> run() throws IOException, InterruptedException {
        List<String> all = checks();
        long end = System.nanoTime() + limit.toNanos();
        for (int deaths = 0; deaths < DEATHS && results.size() < all.size() && usable(); deaths++) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                break;
            }
            int done = results.size();
            Child.Run run = child(done, deaths == 0 ? limit : Duration.ofNanos(left)).run();
            Path file = work.resolve("results");
            ChildResults leftBehind = ChildResults.of(file, run, all.subList(done, all.size()));
            results.addAll(leftBehind.results());
            obstacle = leftBehind.obstacle();
            Files.deleteIfExists(file);
        }
        return List.copyOf(results);
    }

    /** Why the library could not be put to the checks that are left; known when they were run. */
    public Optional<String> obstacle() {
        return obstacle;
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
