package rwkvms.cli;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.GoldenCase;

/** Cases that are opened on a thread of their own, each while the one before it is judged: to read takes as long as to judge. */
final class ReadAhead implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    private final Iterator<CaseFiles> files;
    private Optional<Future<GoldenCase>> ahead;

    /** Begins with the first case. */
    ReadAhead(List<CaseFiles> files) {
        this.files = files.iterator();
        this.ahead = begin();
    }

    private Optional<Future<GoldenCase>> begin() {
        if (!files.hasNext()) {
            return Optional.empty();
        }
        CaseFiles next = files.next();
        return Optional.of(thread.submit(() -> GoldenCase.open(next)));
    }

    /** Returns the next case, which the caller closes, or throws what opening it threw; begins with the one after it. */
    GoldenCase next() throws FixtureException, BindingException, IOException {
        Future<GoldenCase> opened = ahead.orElseThrow();
        try {
            return opened.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case FixtureException refused -> throw refused;
                case BindingException other -> throw other;
                case IOException unreadable -> throw unreadable;
                case RuntimeException broken -> throw broken;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            ahead = begin();
        }
    }

    /** Closes the case that nobody asked for, as soon as it is open, without waiting for it. */
    @Override
    public void close() {
        ahead.ifPresent(left -> thread.execute(() -> {
            if (left.state() == Future.State.SUCCESS) {
                left.resultNow().close();
            }
        }));
        thread.shutdown();
    }
}
