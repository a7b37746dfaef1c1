package rwkvms.live.library;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import rwkvms.child.Child;
import rwkvms.child.ChildJvm;
import rwkvms.child.Death;
import rwkvms.child.Ending;
import rwkvms.golden.Calls;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.Place;

/**
 * Runs a library over cases in a child JVM, whose answers can be read meanwhile. If the library ends the child, that is
 * the answer of the case in which it happened, and another child continues with the next case. Only a whole answer
 * counts, and no exit code does.
 */
public final class LibraryRun implements AutoCloseable {
    /** After this many deaths the remaining cases are not run. */
    static final int DEATHS = 10;
    /** After this many stalls the remaining cases are not run: a child that stalls uses its whole time. */
    static final int STALLS = 2;

    private final Path library;
    private final String name;
    private final Duration limit;
    private final LibraryFolder folder;
    private final int threads;
    private final Optional<Place> place;
    private final CompletableFuture<LibraryInfo> opened = new CompletableFuture<>();
    private final List<CompletableFuture<Answer>> answers = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Thread thread;
    private int read;
    private String said = "";

    private LibraryRun(Path library, String name, List<Calls.OfCase> cases, Duration limit, LibraryFolder folder,
            int threads, Optional<Place> place) {
        this.threads = threads;
        this.place = place;
        this.library = library;
        this.name = name;
        this.limit = limit;
        this.folder = folder;
        cases.forEach(any -> answers.add(new CompletableFuture<>()));
        this.thread = Thread.ofVirtual().unstarted(this::runAll);
    }

    /**
     * Starts a run on one thread.
     *
     * @param name  of the library in verdicts
     * @param limit of the process's start, of opening the library, and of one case
     * @param work  an empty folder
     */
    public static LibraryRun start(Path library, String name, List<Calls.OfCase> cases, Duration limit, Path work)
            throws IOException {
        return start(library, name, cases, limit, work, 1, Optional.empty());
    }

    /**
     * Starts a run.
     *
     * @param threads that the library is told
     * @param place   for the cases that are run in microbatches
     */
    public static LibraryRun start(Path library, String name, List<Calls.OfCase> cases, Duration limit, Path work,
            int threads, Optional<Place> place) throws IOException {
        LibraryFolder folder = new LibraryFolder(work.toAbsolutePath());
        CaseList.write(folder.cases(), cases);
        LibraryRun run = new LibraryRun(library, name, cases, limit, folder, threads, place);
        run.thread.start();
        return run;
    }

    /**
     * Waits until the library is loaded, and returns what it says about itself.
     *
     * @throws IncompatibleLibraryException if it cannot be loaded, or does not implement the header
     * @throws rwkvms.runtime.RuntimeFailure if it refuses to start
     */
    public LibraryInfo opened() throws IOException {
        return joined(opened);
    }

    /** Waits for the answer to the case of that number. */
    public Answer answer(int number) throws IOException {
        return joined(answers.get(number));
    }

    private static <T> T joined(CompletableFuture<T> future) throws IOException {
        try {
            return future.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    /** Waits for the end of the run, and returns its problems beside those of the cases. */
    public List<String> problems() throws InterruptedException {
        thread.join();
        return List.copyOf(problems);
    }

    /** Waits for the end of the run, and returns the output of the library as one line, cut if it is long. */
    public String said() throws InterruptedException {
        thread.join();
        return said;
    }

    /** Ends the run and its process. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void runAll() {
        try {
            runChildren();
        } catch (IOException | RuntimeException e) {
            if (!opened.completeExceptionally(e) && !opened.isCompletedExceptionally()) {
                problems.add("after " + read + " of " + answers.size() + " cases: " + e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            opened.completeExceptionally(new IOException(library + ": the run was ended"));
            answers.forEach(answer -> answer.complete(new Answer.NotRun()));
        }
    }

    private void runChildren() throws IOException, InterruptedException {
        int stalls = 0;
        int deaths = 0;
        while (read < answers.size() && deaths < DEATHS && stalls < STALLS) {
            folder.clear();
            Child.Run run = child().run(this::progress);
            said = said.isEmpty() ? Death.said(run) : said;
            progress();
            Optional<String> stuck = ChildJvm.stuck(run);
            if (stuck.isPresent()) {
                throw new IOException(library + ": " + stuck.get());
            }
            requireOpened(run);
            if (read == answers.size()) {
                requireSoundEnd(run);
                return;
            }
            answers.get(read).complete(new Answer.Died(Death.words(run)));
            read++;
            deaths++;
            stalls += run.ending() instanceof Ending.Stalled ? 1 : 0;
        }
        if (read < answers.size()) {
            problems.add(library + ": " + (answers.size() - read) + " of " + answers.size() + " cases were not run: "
                    + (stalls == STALLS ? "the library stalled " + stalls : "its process ended " + deaths) + " times");
        }
    }

    private Child child() {
        List<String> arguments = new ArrayList<>(
                List.of(library.toString(), name, folder.path().toString(), String.valueOf(read),
                        String.valueOf(threads)));
        place.ifPresent(
                there -> arguments.addAll(List.of(there.device(), there.buffers(), String.valueOf(there.precise()))));
        return ChildJvm.of(LibraryChild.class, arguments, folder.path(), limit);
    }

    /** Reads the files that have appeared, and returns a number that grows with them. */
    private int progress() {
        boolean started = Files.exists(folder.started());
        boolean open = Files.exists(folder.opened());
        try {
            if (open && !opened.isDone()) {
                opened.complete(LibraryInfo.read(folder.opened()));
            }
            while (read < answers.size() && Files.exists(folder.answer(read))) {
                answers.get(read).complete(AnswerFile.read(folder.answer(read)));
                Files.delete(folder.answer(read));
                read++;
            }
        } catch (IOException | RuntimeException e) {
            opened.completeExceptionally(e);
        }
        return read + (started ? 1 : 0) + (open ? 1 : 0);
    }

    private void requireOpened(Child.Run run) throws IOException {
        if (Files.exists(folder.opened())) {
            LibraryInfo.read(folder.opened());
        }
        if (!Files.exists(folder.started())) {
            throw new IOException("a process for " + library + " could not be started: " + run.ending().words()
                    + (said.isEmpty() ? "" : "; it said: " + said));
        }
        if (!Files.exists(folder.opened())) {
            throw new IncompatibleLibraryException(
                    library + ": cannot be loaded and started: " + Death.words(run));
        }
    }

    /** Reports a library that ends the process after the last case: no answer is spoilt, but it is not sound. */
    private void requireSoundEnd(Child.Run run) {
        if (!run.succeeded()) {
            problems.add(library + ": behind the last case, " + Death.words(run));
        }
    }
}
