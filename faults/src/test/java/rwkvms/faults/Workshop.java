package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rwkvms.child.Child;
import rwkvms.file.Sha256;

/**
 * Makes faulty libraries. Only the file with the fault is compiled for each; all others are compiled once. For a fault in a
 * header, every group of files of which one includes it is compiled. Objects and libraries are kept under
 * {@code target/faults} by the hash of their sources, and are not made again.
 */
final class Workshop {
    /** One file takes a second; a compiler that hangs must not hold the build. */
    private static final Duration TIMEOUT = Duration.ofSeconds(300);
    private static final String LIBRARY = System.mapLibraryName("rwkv_ms");

    private final NativeBuild build;
    private final Path folder;
    private final String state; // hash of all sources and flags
    private final Map<String, Path> alone = new TreeMap<>(); // objects of the files that some fault changes
    private final Map<List<String>, Path> others = new LinkedHashMap<>(); // objects of the other files, by batch
    private final Includes includes;

    private Workshop(NativeBuild build, Path folder, String state) throws IOException {
        this.includes = Includes.in(build.sources());
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
                workshop.others.put(batch, object);
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

    /** A fault that makes no library: its text does not fit the sources, or does not compile. */
    static final class NotMade extends Exception {
        NotMade(String text) {
            super(text);
        }
    }

    /** The folder of a library with one fault. */
    Path library(Fault fault) throws IOException, InterruptedException, NotMade {
        Map<String, String> faulty; // by file
        try {
            faulty = fault.changed();
        } catch (IllegalStateException | NoSuchFileException e) {
            throw new NotMade(e instanceof NoSuchFileException
                    ? "fault " + fault.name() + ": " + fault.file()
                            + ": expected a source or header of the runtime, found none"
                    : String.valueOf(e.getMessage()));
        }
        Path made = folder.resolve("libraries")
                .resolve(fault.name() + "-" + Sha256.of(state + faulty).substring(0, 16));
        if (Files.exists(made.resolve(LIBRARY))) {
            return made;
        }
        Files.createDirectories(made);
        try (Stream<Path> files = Files.list(build.libraries())) {
            for (Path file : files.filter(file -> !file.endsWith(LIBRARY)).toList()) {
                link(made.resolve(file.getFileName()), file);
            }
        }
        Path library = made.resolve("new-" + LIBRARY);
        try {
            shell(build.link(library, objects(faulty, made)));
        } catch (IOException e) {
            throw new NotMade("fault " + fault.name() + " does not compile: " + e.getMessage());
        }
        Files.move(library, made.resolve(LIBRARY), StandardCopyOption.ATOMIC_MOVE);
        return made;
    }

    private static void link(Path from, Path to) throws IOException {
        Files.deleteIfExists(from);
        Files.createSymbolicLink(from, to);
    }

    private List<Path> objects(Map<String, String> faulty, Path made) throws IOException, InterruptedException {
        Set<String> headers = faulty.keySet().stream().filter(file -> file.endsWith(".h")).collect(Collectors.toSet());
        Path copy = headers.isEmpty() ? build.sources() : copy(faulty, made.resolve("src"));
        List<Path> objects = new ArrayList<>();
        for (List<String> batch : build.batches()) {
            if (!includes.users(batch, headers).isEmpty()) {
                StringBuilder all = new StringBuilder();
                batch.forEach(file -> all.append("#include \"").append(copy.resolve(file)).append("\"\n"));
                objects.add(compile(all.toString(), made.resolve(batch.getFirst() + ".o"), copy));
                continue;
            }
            for (String file : batch) {
                if (faulty.containsKey(file)) {
                    objects.add(compile(faulty.get(file), made.resolve(file + ".o"), copy));
                } else if (alone.containsKey(file)) {
                    objects.add(alone.get(file));
                }
            }
            if (others.containsKey(batch)) {
                objects.add(others.get(batch));
            }
        }
        return objects;
    }

    /** The sources with the fault: quoted includes find the file's own folder first. */
    private Path copy(Map<String, String> faulty, Path copy) throws IOException {
        Files.createDirectories(copy);
        try (Stream<Path> files = Files.list(build.sources())) {
            for (Path file : files.toList()) {
                link(copy.resolve(file.getFileName()), file);
            }
        }
        for (Map.Entry<String, String> file : faulty.entrySet()) {
            Files.deleteIfExists(copy.resolve(file.getKey()));
            Files.writeString(copy.resolve(file.getKey()), file.getValue());
        }
        return copy;
    }

    private Path compile(String text, Path object) throws IOException, InterruptedException {
        return compile(text, object, build.sources());
    }

    private Path compile(String text, Path object, Path sources) throws IOException, InterruptedException {
        if (Files.exists(object)) {
            return object;
        }
        Files.createDirectories(object.getParent());
        Path source = Files.writeString(Path.of(object + ".cpp"), text);
        Path unfinished = Path.of(object + ".new");
        // -w: a fault may leave a variable unused.
        shell(build.compile() + " -w -iquote " + sources + " -c " + source + " -o " + unfinished);
        return Files.move(unfinished, object, StandardCopyOption.ATOMIC_MOVE);
    }

    private void shell(String command) throws IOException, InterruptedException {
        Child.Run run = new Child(List.of("sh", "-c", command), build.build(), Map.of(), TIMEOUT).run();
        if (!run.succeeded()) {
            throw new IOException(run.ending().words() + ": " + run.out() + run.err() + "\n" + command);
        }
    }
}
