package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.pipe.PipeRuntime;

/** A program, which computes in a process of its own, call by call, and is judged here. */
record ProgramRuntime(RuntimeChoice asked, PipeRuntime runtime, Tolerance tolerance, int cases,
        AtomicInteger notRun) implements CheckedRuntime {
    /**
     * Starts it.
     *
     * @param limit of one answer; empty for what {@link OthersRuntime#limit} returns
     */
    static ProgramRuntime start(RuntimeChoice asked, List<Calls.OfCase> cases, Optional<Duration> limit,
            Tolerance tolerance) throws IOException {
        return new ProgramRuntime(asked, PipeRuntime.start(asked.asked(), OthersRuntime.limit(cases, limit)), tolerance,
                cases.size(), new AtomicInteger());
    }

    @Override
    public Map<String, String> provenance() {
        return runtime.provenance();
    }

    @Override
    public List<Path> files() {
        return PipeRuntime.files(asked.asked());
    }

    @Override
    public String fileRole() {
        return "program";
    }

    @Override
    public Optional<CaseResult> judge(int number, GoldenCase golden, FixtureCheck check, Calls calls)
            throws BindingException {
        if (runtime.givenUp().isPresent()) {
            notRun.incrementAndGet();
            return Optional.empty();
        }
        return Optional.of(CheckedRuntime.judged(runtime, golden, check, calls, tolerance));
    }

    @Override
    public void end(Consumer<Exception> failures, Consumer<String> remarks) {
        if (notRun.get() > 0) {
            failures.accept(new IOException(asked.label() + ": " + notRun + " of " + cases + " cases were not run: "
                    + runtime.givenUp().orElse("")));
        }
        try {
            runtime.finish().ifPresent(problem -> failures.accept(new IOException(asked.label() + ": " + problem)));
        } catch (IOException e) {
            failures.accept(e);
        }
        if (!runtime.said().isEmpty()) {
            remarks.accept(asked.label() + " wrote: " + runtime.said());
        }
    }

    @Override
    public void close() {
        runtime.close();
    }
}
