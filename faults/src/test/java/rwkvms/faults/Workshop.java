package rwkvms.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import rwkvms.child.Child;
import rwkvms.faults.NativeBuild.Batch;
import rwkvms.file.Sha256;

/**
 * Makes faulty libraries. Only the file with the fault is compiled for each; those that CMake compiles with it, if any, are compiled
 * once, and of the others CMake's objects are taken. For a fault in a header, every group of files of which one includes it is
 * compiled. Objects and libraries are kept under {@code target/faults} by the hash of their sources, and are not made again.
 */
final class Workshop {
    /** One file takes a second; a compiler that hangs must not hold the build. */
    private static final Duration TIMEOUT = Duration.ofSeconds(300);
    private static final String LIBRARY = System.mapLibraryName("rwkv_ms");

    private final NativeBuild build;
    private final Path folder;
    private final String state; // hash of all sources and flags
    private final Map<String, Future<Path>> alone = new TreeMap<>(); // objects of the files that some fault changes
    private final Map<Batch, Future<Path>> others = new LinkedHashMap<>(); // objects of the other files, by batch
    private final Includes includes;

    private Workshop(NativeBuild build, Path folder, String state) throws IOException {
        this.includes = Includes.in(build.sources());
        this.build = build;
        this.folder = folder;
        this.state = state;
    }

    /**
     * Begins to compile the objects that the libraries of these faults share, on the threads of the pool. A library made on those
     * threads too waits for them, and they wait for nothing.
     */
    static Workshop open(NativeBuild build, Path folder, Collection<Fault> faults, ExecutorService pool)
            throws IOException {
        Workshop workshop = new Workshop(build, Files.createDirectories(folder.toAbsolutePath()), stateOf(build));
        List<Set<String>> changes = faults.stream().map(fault -> fault.edits().stream().map(Edit::file)
                .collect(Collectors.toSet())).toList();
        FileTime youngest = youngest(build);
        Map<String, String> files = new TreeMap<>(); // what is compiled of each, by name
        for (Batch batch : build.batches()) {
            boolean sound = batch.isOf(youngest);
            StringBuilder rest = new StringBuilder();
            for (String file : batch.files()) {
                String include = "#include \"" + build.source(file) + "\"\n";
                if (changes.stream().noneMatch(change -> change.contains(file))) {
                    rest.append(include);
                } else if (sound && batch.files().size() == 1) {
                    workshop.alone.put(file, CompletableFuture.completedFuture(batch.object()));
                } else if (!changes.stream().allMatch(change -> change.contains(file))) {
                    files.put(file, include);
                }
            }
            String text = rest.toString();
            if (sound && text.lines().count() == batch.files().size()) {
                workshop.others.put(batch, CompletableFuture.completedFuture(batch.object()));
            } else if (!text.isEmpty()) { // the longest first
                workshop.others.put(batch, pool.submit(() -> workshop.compile(text, workshop.object(text))));
            }
        }
        files.forEach((file, text) -> workshop.alone.put(file,
                pool.submit(() -> workshop.compile(text, workshop.object(text)))));
        return workshop;
    }

    private static FileTime youngest(NativeBuild build) throws IOException {
        FileTime youngest = FileTime.fromMillis(0);
        try (Stream<Path> files = Files.walk(build.sources().getParent())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                FileTime time = Files.getLastModifiedTime(file);
                youngest = time.compareTo(youngest) > 0 ? time : youngest;
            }
        }
        return youngest;
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
        List<Future<Path>> shared = new ArrayList<>();
        for (Batch batch : build.batches()) {
            if (!includes.users(batch.files(), headers).isEmpty()) {
                StringBuilder all = new StringBuilder();
                batch.files().forEach(file -> all.append("#include \"").append(copy.resolve(file)).append("\"\n"));
                objects.add(compile(all.toString(), made.resolve(batch.files().getFirst() + ".o"), copy));
                continue;
            }
            for (String file : batch.files()) {
                if (faulty.containsKey(file)) {
                    objects.add(compile(faulty.get(file), made.resolve(file + ".o"), copy));
                } else if (alone.containsKey(file)) {
                    shared.add(alone.get(file));
                }
            }
            if (others.containsKey(batch)) {
                shared.add(others.get(batch));
            }
        }
        for (Future<Path> object : shared) {
            objects.add(made(object));
        }
        return objects;
    }

    private static Path made(Future<Path> object) throws InterruptedException {
        try {
            return object.get();
        } catch (ExecutionException e) { // no fault of the fault
            throw new IllegalStateException("the sources without a fault do not compile", e.getCause());
        }
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
