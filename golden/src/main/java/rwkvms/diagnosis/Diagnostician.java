package rwkvms.diagnosis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rwkvms.golden.Calls;
import rwkvms.golden.CheckResult;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.StepSeen;
import rwkvms.golden.Witness;
import rwkvms.runtime.TensorSet;

/**
 * Sees the runs of a check and, if some failed, asks which mistake gives the values of each runtime (gate.md, "Diagnosis"). A
 * mistake is named only if its values are the runtime's within the tolerance in every failing case that was tried, where the
 * rule is {@link #MARGIN} times as far off, and in every case that passes.
 */
public final class Diagnostician implements Witness {
    /** For all runtimes together: less than a check of the golden cases takes. What was not tried is said. */
    public static final Duration LIMIT = Duration.ofSeconds(2);
    /** Nearer than the rule by this factor: the tolerance is ten times what a sound runtime needs. */
    public static final double MARGIN = 10;

    private final Map<String, Seen> byRuntime = new LinkedHashMap<>();
    private final Duration limit;

    public Diagnostician() {
        this(LIMIT);
    }

    /** The same with another limit, for a test that must not depend on the machine. */
    public Diagnostician(Duration limit) {
        this.limit = limit;
    }

    /** What was seen of one runtime. */
    private static final class Seen {
        private final List<Observation> failing = new ArrayList<>();
        private final List<Observation> passing = new ArrayList<>();
        private int judged;
    }

    /** Keeps what failed, and of what passed the whole runs: a mistake that they do not show is not in chunks alone. */
    @Override
    public void saw(GoldenCase golden, Calls calls, CheckResult result, TensorSet given) {
        Seen seen = byRuntime.computeIfAbsent(result.runtime(), any -> new Seen());
        seen.judged++;
        if (!result.ok() || calls.kind() != Calls.Kind.CHUNKS) {
            (result.ok() ? seen.passing : seen.failing).add(Observation.of(golden, calls, result, given));
        }
    }

    @Override
    public void sawSteps(GoldenCase golden, Calls calls, CheckResult result, Optional<StepSeen> differs) {
        Seen seen = byRuntime.computeIfAbsent(result.runtime(), any -> new Seen());
        seen.judged++;
        differs.ifPresent(step -> seen.failing.add(Observation.of(golden, calls, result, step)));
    }

    /** One diagnosis for each runtime that gave wrong values, in the order of the run. */
    public List<Diagnosis> diagnoses() {
        TimeLimit time = new TimeLimit(limit, System::nanoTime);
        List<Diagnosis> diagnoses = new ArrayList<>();
        byRuntime.forEach((runtime, seen) -> {
            if (!seen.failing.isEmpty()) {
                try (Inquiry inquiry = new Inquiry(runtime, seen.failing, seen.passing, seen.judged, time)) {
                    inquiry.diagnose().ifPresent(diagnoses::add);
                }
            }
        });
        return diagnoses;
    }
}
