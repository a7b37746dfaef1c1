package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.Outcome;
import rwkvms.math.MathTensor;

/** A runtime that is open for a check, in this process or in one of its own. */
sealed interface CheckedRuntime extends AutoCloseable permits OwnRuntime, OthersRuntime {
    /** As the command line names it. */
    String asked();

    /** What it says of itself. */
    Map<String, String> provenance() throws IOException;

    /** The files that it runs from. */
    List<Path> files() throws IOException;

    /** Judges the case of that number; empty where it was not put to the runtime, which {@link #end} gives the reason of. */
    Optional<Outcome> judge(int number, GoldenCase golden, FixtureCheck check) throws BindingException, IOException;

    /**
     * Behind the last case.
     *
     * @param failures take what kept the run from being whole
     * @param remarks  take what a reader should know
     */
    void end(Consumer<Exception> failures, Consumer<String> remarks);

    @Override
    void close();

    /** A case in which the runtime gave nothing that could be compared. */
    static CheckResult failed(String runtime, GoldenCase golden, Tolerance tolerance, String problem) {
        boolean withWeights = golden.sidecar().isPresent();
        int expected = withWeights ? golden.fixture().expected().size() : MathTensor.WITHOUT_WEIGHTS.size();
        return new CheckResult(golden.name(), runtime, golden.fixture().pass().layer(), tolerance, withWeights,
                expected, List.of(), List.of(problem), List.of(), List.of());
    }
}
