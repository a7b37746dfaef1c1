package rwkvms.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.golden.CaseFiles;

/**
 * Puts a library to all checks in a child JVM. Where the library takes the child down, the check that it died in has failed
 * by that, and another child goes on behind it.
 */
public final class Probe {
    /** After so many deaths the rest is left alone. */
    static final int DEATHS = 10;
    /** A child that stalls takes all of its time. */
    static final int STALLS = 2;

    private final Path library;
    private final List<CaseFiles> golden;
    private final Duration limit;
    private final Path work;
    private final List<ProbeResult> results = new ArrayList<>();

    /**
     * A probe that has not begun.
     *
     * @param limit of one child, which runs all checks in a few seconds
     * @param work  an empty folder
     */
    public Probe(Path library, List<CaseFiles> golden, Duration limit, Path work) {
        this.library = library.toAbsolutePath().normalize();
        this.golden = List.copyOf(golden);
        this.limit = limit;
        this.work = work.toAbsolutePath();
    }

    /** Number of checks that there are. */
    public int checks() {
        return new ProbeChecks(library, golden, work).all().size();
    }

    /** Runs them; fewer results than checks where children kept dying, or where the library cannot be used at all. */
    public List<ProbeResult> run() throws IOException, InterruptedException {
        int all = checks();
        int stalls = 0;
        for (int deaths = 0; deaths < DEATHS && stalls < STALLS && results.size() < all && usable(); deaths++) {
            Child.Run run = child(results.size()).run();
            Path file = work.resolve("results");
            results.addAll(ChildResults.of(file, run));
            Files.deleteIfExists(file);
            stalls += run.ending() instanceof Ending.Stalled ? 1 : 0;
        }
        return List.copyOf(results);
    }

    private boolean usable() {
        return results.stream().limit(ProbeChild.NEEDED).allMatch(ProbeResult::passed);
    }

    private Child child(int done) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + work.resolve("hs_err.log"), "-cp", System.getProperty("java.class.path"),
                ProbeChild.class.getName(), library.toString(), work.resolve("results").toString(), work.toString(),
                String.valueOf(done)));
        golden.forEach(files -> command.add(String.valueOf(files.fixture().toAbsolutePath().getParent())));
        return new Child(command, Path.of("").toAbsolutePath(), Map.of("GGML_NO_BACKTRACE", "1"), limit);
    }
}
