package rwkvms.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Folders that are deleted when a call ends, even if a signal ends it. */
final class TemporaryFolder {
    private static final Set<Path> OPEN = new HashSet<>();
    /** A child that is killed may write another file before it is gone. */
    private static final int ATTEMPTS = 5;
    private static final Duration DYING = Duration.ofSeconds(2);

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolder::end));
    }

    private static boolean ended;

    private TemporaryFolder() {
    }

    /** Makes a folder that does not outlive this process: children that still work in it are killed first. */
    static synchronized Path create(String prefix) throws IOException {
        if (ended) {
            throw new IOException("a signal ended the process");
        }
        Path folder = createKept(prefix);
        OPEN.add(folder);
        return folder;
    }

    /** Makes a folder for a command that cleans up by itself if a signal comes. */
    static Path createKept(String prefix) throws IOException {
        Path place = Path.of(System.getProperty("java.io.tmpdir"));
        try {
            return Files.createTempDirectory(prefix);
        } catch (IOException e) {
            String reason = e instanceof FileSystemException of ? Failures.reason(of) : e.getClass().getSimpleName();
            throw new IOException(place + ": a temporary folder cannot be made there: "
                    + (Files.isDirectory(place) ? reason : "expected a folder, found " + found(place))
                    + "; TMPDIR names another place", e);
        }
    }

    private static String found(Path place) {
        return Files.exists(place) ? "a file" : "none";
    }

    private static synchronized void end() {
        ended = true;
        OPEN.forEach(TemporaryFolder::abandon);
    }

    private static void abandon(Path folder) {
        for (int attempt = 0; attempt < ATTEMPTS && Files.exists(folder); attempt++) {
            ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
            ProcessHandle.current().children().forEach(child -> child.onExit()
                    .completeOnTimeout(child, DYING.toMillis(), TimeUnit.MILLISECONDS).join());
            try {
                deleteAll(folder);
            } catch (IOException | UncheckedIOException ignored) {
                // Another attempt follows: a file came or went in the meantime.
            }
        }
    }

    /** Deletes a folder with all that is in it. */
    static synchronized void delete(Path folder) throws IOException {
        // A signal has already deleted what was open.
        if (!ended || !OPEN.contains(folder)) {
            deleteAll(folder);
            OPEN.remove(folder);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        List<Path> inside;
        try (Stream<Path> all = Files.walk(folder)) {
            inside = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : inside) {
            Files.deleteIfExists(each);
        }
    }
}
