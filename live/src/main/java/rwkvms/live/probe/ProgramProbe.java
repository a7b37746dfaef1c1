package rwkvms.live.probe;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.golden.CaseFiles;
import rwkvms.pipe.PipeRuntime;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.state.checks.StateChecks;

/**
 * Puts a program to all checks that need no C header: every golden case, and the contract of states. A check in which it ends has
 * failed, and it is started again for the next one.
 */
public final class ProgramProbe {
    private static final String END = "identity: end of the input";

    private final String command;
    private final List<CaseFiles> golden;
    private final Duration answer;
    private final Duration limit;
    private final List<Entry> results = new ArrayList<>();
    private final SortedMap<String, String> provenance = new TreeMap<>();
    private List<Diagnosis> diagnoses = List.of();
    private Optional<String> obstacle = Optional.empty();

    /**
     * Makes a probe; {@link #run} starts it.
     *
     * @param answer time for one answer of the program
     * @param limit  time for all checks together
     */
    public ProgramProbe(String command, List<CaseFiles> golden, Duration answer, Duration limit) {
        this.command = command;
        this.golden = List.copyOf(golden);
        this.answer = answer;
        this.limit = limit;
    }

    /** All checks in order. */
    public List<ProbeCheck> checks() {
        try (RuntimeChecks named = new RuntimeChecks(() -> {
            throw new IllegalStateException("only their names are needed");
        })) {
            return all(named);
        }
    }

    private List<ProbeCheck> all(RuntimeChecks checks) {
        List<ProbeCheck> all = new ArrayList<>(checks.golden(golden));
        all.addAll(checks.states(StateChecks.all()));
        return all;
    }

    /** Runs the checks. There are fewer results than checks if the program is not started again, or the time was over. */
    public List<Entry> run() {
        long end = System.nanoTime() + limit.toNanos();
        try (PipeRuntime runtime = PipeRuntime.start(command, answer);
                RuntimeChecks checks = new RuntimeChecks(() -> runtime)) {
            provenance.putAll(runtime.provenance());
            for (ProbeCheck check : all(checks)) {
                if (runtime.givenUp().isPresent() || System.nanoTime() > end) {
                    break;
                }
                results.add(new Entry(check.label(), ProbeChild.outcome(check)));
            }
            diagnoses = checks.diagnoses();
            runtime.finish().ifPresent(problem -> results.add(new Entry(END, new Outcome.Failed(problem))));
        } catch (IOException e) {
            obstacle = Optional.of(String.valueOf(e.getMessage()));
        }
        return List.copyOf(results);
    }

    /** Why the checks could not be run; known after {@link #run}. */
    public Optional<String> obstacle() {
        return obstacle;
    }

    /** What the golden cases that failed have in common; known after {@link #run}. */
    public List<Diagnosis> diagnoses() {
        return diagnoses;
    }

    /** What the program says about itself; known after {@link #run}. */
    public SortedMap<String, String> provenance() {
        return new TreeMap<>(provenance);
    }
}
