package rwkvms.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.live.library.Answer;
import rwkvms.live.library.LibraryRun;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.nativeruntime.Place;
import rwkvms.runtime.RuntimeFailure;

/** A library that computes in a process of its own and is judged here: another one, or any on a device. */
record OthersRuntime(RuntimeChoice asked, String label, Path library, LibraryRun run, Path work,
        Tolerance tolerance) implements CheckedRuntime {
    /** Time for any case. */
    private static final Duration MIN_LIMIT = Duration.ofSeconds(60);
    /** Bytes of its files that take another second. */
    private static final long BYTES_PER_SECOND = 16L << 20;

    /**
     * Starts it on the cases.
     *
     * @param label in verdicts
     * @param limit time for one case; empty for what {@link #limit} returns
     * @param threads that the library is told
     * @param place the device of the cases that are run in microbatches
     */
    static OthersRuntime start(RuntimeChoice asked, String label, List<Calls.OfCase> cases, Optional<Duration> limit,
            Tolerance tolerance, int threads, Optional<Place> place) throws IOException {
        String name = asked.asked();
        Path library = name.equals(NativeRuntime.NAME) ? NativeFiles.library() : RuntimeChoice.library(name);
        Duration ofOne = limit(cases, limit);
        Path work = TemporaryFolder.create("gate-check");
        return new OthersRuntime(asked, label, library,
                LibraryRun.start(library, label, cases, ofOne, work, threads, place), work, tolerance);
    }

    /** Returns the limit that was asked for, or that of the cases. */
    static Duration limit(List<Calls.OfCase> cases, Optional<Duration> asked) throws IOException {
        return asked.isPresent() ? asked.get() : limit(cases.stream().map(Calls.OfCase::files).toList());
    }

    /** Returns a minute, plus a second per 16 MiB of the largest case with its base. */
    static Duration limit(List<CaseFiles> cases) throws IOException {
        long largest = 0;
        for (CaseFiles files : cases) {
            long bytes = 0;
            for (Path file : Stream.of(Optional.of(files.fixture()), files.sidecar(), files.base())
                    .flatMap(Optional::stream).toList()) {
                bytes += Files.exists(file) ? Files.size(file) : 0;
            }
            largest = Math.max(largest, bytes);
        }
        return MIN_LIMIT.plusSeconds(largest / BYTES_PER_SECOND);
    }

    @Override
    public Map<String, String> provenance() throws IOException {
        return run.opened().provenance();
    }

    @Override
    public List<Path> files() throws IOException {
        return LibraryFiles.of(library, run.opened().buildInfo(), run.opened().mapped());
    }

    @Override
    public Optional<CaseResult> judge(int number, GoldenCase golden, FixtureCheck check, Calls calls)
            throws BindingException, IOException {
        check.requireBound();
        return switch (run.answer(number)) {
            case Answer.Tensors given -> Optional.of(check.judge(label, calls, check.whole(calls, given.tensors())));
            case Answer.Missed missed ->
                Optional.of(new CaseNotEvaluated(calls.of(golden.name()), label, missed.reason()));
            case Answer.Failed failed -> Optional.of(CheckedRuntime.failed(label, golden, calls, tolerance,
                    Failures.message(new RuntimeFailure(failed.problem()))));
            case Answer.Died died ->
                Optional.of(CheckedRuntime.failed(label, golden, calls, tolerance, died.problem()));
            case Answer.Unusable unusable ->
                throw new IOException(calls.of(golden.name()) + " on " + label + ": " + unusable.problem());
            case Answer.NotRun _ -> Optional.empty();
        };
    }

    @Override
    public void end(Consumer<Exception> failures, Consumer<String> remarks) {
        try {
            run.problems().forEach(problem -> failures.accept(new IOException(problem)));
            if (!run.said().isEmpty()) {
                remarks.accept(label + " wrote: " + run.said());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failures.accept(new IOException(library + ": the run was interrupted"));
        }
    }

    @Override
    public void close() {
        run.close();
        try {
            TemporaryFolder.delete(work);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
