package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.RuntimeFailure;

/** A runtime that is open for a check, in this process or in one of its own. */
sealed interface CheckedRuntime extends AutoCloseable permits OwnRuntime, OthersRuntime, ProgramRuntime {
    /** As it stands on the command line. */
    RuntimeChoice asked();

    /** What it says about itself. */
    Map<String, String> provenance() throws IOException;

    /** The files that it runs from. */
    List<Path> files() throws IOException;

    /** What those files are, in the provenance. */
    default String fileRole() {
        return "library";
    }

    /** Judges the run of that number of a case; empty if the runtime did not get it, for which {@link #end} gives the reason. */
    Optional<CaseResult> judge(int number, GoldenCase golden, FixtureCheck check, Calls calls)
            throws BindingException, IOException;

    /**
     * Ends the run after the last case.
     *
     * @param failures takes what kept the run from being complete
     * @param remarks  takes what a reader should know
     */
    void end(Consumer<Exception> failures, Consumer<String> remarks);

    @Override
    void close();

    /** Judges a runtime that is called from this process; one that fails has failed the case. */
    static CaseResult judged(MemoryRuntime runtime, GoldenCase golden, FixtureCheck check, Calls calls,
            Tolerance tolerance) throws BindingException {
        try {
            return check.on(runtime, calls);
        } catch (RuntimeFailure e) {
            return failed(runtime.name(), golden, calls, tolerance, Failures.message(e));
        }
    }

    /** Returns the result of a case in which the runtime gave nothing to compare. */
    static CheckResult failed(String runtime, GoldenCase golden, Calls calls, Tolerance tolerance, String problem) {
        boolean withWeights = golden.sidecar().isPresent();
        int expected = withWeights ? golden.fixture().expected().size() : MathTensor.WITHOUT_WEIGHTS.size();
        return new CheckResult(calls.of(golden.name()), runtime, golden.fixture().pass().layer(), tolerance,
                withWeights,
                expected, List.of(), List.of(problem), List.of(), List.of());
    }
}
