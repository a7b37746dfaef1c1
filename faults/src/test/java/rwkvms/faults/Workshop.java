package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import rwkvms.child.Child;
import rwkvms.file.Sha256;

/**
 * Makes faulty libraries. Only the file with the fault is compiled for each; all others are compiled once. Objects and
 * libraries are kept under {@code target/faults} by the hash of their sources, and are not made again.
 */
final class Workshop {
    /** One file takes a second; a compiler that hangs must not hold the build. */
    private static final Duration TIMEOUT = Duration.ofSeconds(300);
    private static final String LIBRARY = System.mapLibraryName("rwkv_ms");

    private final NativeBuild build;
    private final Path folder;
    private final String state; // hash of all sources and flags
    private final Map<String, Path> alone = new TreeMap<>(); // objects of the files that some fault changes
    private final List<Path> others = new ArrayList<>();

    private Workshop(NativeBuild build, Path folder, String state) {
        this.build = build;
        this.folder = folder;
        this.state = state;
    }

    /** Compiles the objects that the libraries of these faults share, on the threads of the pool. */
    static Workshop open(NativeBuild build, Path folder, Collection<Fault> faults, ExecutorService pool)
            throws Exception {
        Workshop workshop = new Workshop(build, Files.createDirectories(folder.toAbsolutePath()), stateOf(build));
        TreeSet<String> changed = new TreeSet<>();
        faults.forEach(fault -> fault.edits().forEach(edit -> changed.add(edit.file())));
        List<Callable<Path>> compilations = new ArrayList<>();
        for (List<String> batch : build.batches()) {
            StringBuilder rest = new StringBuilder();
            for (String file : batch) {
                String include = "#include \"" + build.source(file) + "\"\n";
                if (changed.contains(file)) {
                    Path object = workshop.object(include);
                    workshop.alone.put(file, object);
                    compilations.add(() -> workshop.compile(include, object));
                } else {
                    rest.append(include);
                }
            }
            if (!rest.isEmpty()) {
                Path object = workshop.object(rest.toString());
                workshop.others.add(object);
                compilations.addFirst(() -> workshop.compile(rest.toString(), object)); // the longest first
            }
        }
        for (var compilation : pool.invokeAll(compilations)) {
            compilation.get();
        }
        return workshop;
    }

    private static String stateOf(NativeBuild build) throws IOException {
        StringBuilder all = new StringBuilder(build.compile()).append(build.link());
        try (Stream<Path> files = Files.walk(build.sources().getParent())) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                all.append(file.getFileName()).append('\n').append(Files.readString(file));
            }
        }
        return Sha256.of(all.toString());
    }

    private Path object(String text) {
        return folder.resolve("objects").resolve(Sha256.of(state + text) + ".o");
    }

    /** The folder of a library with one fault; {@link IllegalStateException} if the fault does not compile. */
    Path library(Fault fault) throws IOException, InterruptedException {
        Map<String, String> faulty = new TreeMap<>(); // by file
        for (Edit edit : fault.edits()) {
            faulty.put(edit.file(), edit.in(Files.readString(build.source(edit.file())), fault.name()));
        }
        Path made = folder.resolve("libraries")
                .resolve(fault.name() + "-" + Sha256.of(state + faulty).substring(0, 16));
        if (Files.exists(made.resolve(LIBRARY))) {
            return made;
        }
        Files.createDirectories(made);
        try (Stream<Path> files = Files.list(build.libraries())) {
            for (Path file : files.filter(file -> !file.endsWith(LIBRARY)).toList()) {
                Path link = made.resolve(file.getFileName());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, file);
            }
        }
        List<Path> objects = new ArrayList<>(others);
        alone.forEach((file, object) -> {
            if (!faulty.containsKey(file)) {
                objects.add(object);
            }
        });
        try {
            for (Map.Entry<String, String> file : faulty.entrySet()) {
                objects.add(compile(file.getValue(), made.resolve(file.getKey() + ".o")));
            }
            Path library = made.resolve("new-" + LIBRARY);
            shell(build.link(library, objects));
            Files.move(library, made.resolve(LIBRARY), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IllegalStateException("fault " + fault.name() + " does not compile: " + e.getMessage(), e);
        }
        return made;
    }

    private Path compile(String text, Path object) throws IOException, InterruptedException {
        if (Files.exists(object)) {
            return object;
        }
        Files.createDirectories(object.getParent());
        Path source = Files.writeString(Path.of(object + ".cpp"), text);
        Path unfinished = Path.of(object + ".new");
        // -w: a fault may leave a variable unused.
        shell(build.compile() + " -w -iquote " + build.sources() + " -c " + source + " -o " + unfinished);
        return Files.move(unfinished, object, StandardCopyOption.ATOMIC_MOVE);
    }

    private void shell(String command) throws IOException, InterruptedException {
        Child.Run run = new Child(List.of("sh", "-c", command), build.build(), Map.of(), TIMEOUT).run();
        if (!run.succeeded()) {
            throw new IOException(run.ending().words() + ": " + run.out() + run.err() + "\n" + command);
        }
    }
}
