package rwkvms.live.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Diagnostician;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.golden.OpenCase;
import rwkvms.live.probe.ProbeCheck.Part;
import rwkvms.report.CheckedCase;
import rwkvms.report.Outcome;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.state.checks.StateCheck;

/** The checks of a probe that any runtime can be put to, which is asked for when the first of them needs it. */
final class RuntimeChecks implements AutoCloseable {
    private final Supplier<? extends MemoryRuntime> runtime;
    private final Diagnostician diagnostician = new Diagnostician();
    private final OpenCase open = new OpenCase(Tolerance.DEFAULT, diagnostician);
    private int failedRuns;

    RuntimeChecks(Supplier<? extends MemoryRuntime> runtime) {
        this.runtime = runtime;
    }

    /** Each case in every way, and without its sidecar. */
    List<ProbeCheck> golden(List<CaseFiles> cases) {
        List<ProbeCheck> checks = new ArrayList<>();
        for (CaseFiles files : cases) {
            for (Calls calls : Calls.all(files)) {
                checks.add(new ProbeCheck(Part.GOLDEN, calls.of(files.name()), () -> judge(files, calls)));
            }
            if (files.sidecar().isPresent()) {
                CaseFiles alone = new CaseFiles(files.name(), files.fixture(), Optional.empty(), Optional.empty());
                checks.add(new ProbeCheck(Part.GOLDEN, files.name() + " without sidecar",
                        () -> judge(alone, Calls.WHOLE)));
            }
        }
        return checks;
    }

    /** What the cases that failed have in common, which takes time if there are any. */
    List<Diagnosis> diagnoses() {
        return diagnostician.diagnoses();
    }

    /** Lines of the contract of states. */
    List<ProbeCheck> states(List<StateCheck> contract) {
        return contract.stream().map(check -> new ProbeCheck(Part.STATE, check.name(), () -> {
            check.body().on(runtime.get());
            return new Outcome.Passed();
        })).toList();
    }

    private Outcome judge(CaseFiles files, Calls calls) throws Exception {
        failedRuns = calls.equals(Calls.WHOLE) ? 0 : failedRuns;
        if (failedRuns == Calls.MAX_FAILED) {
            return new Outcome.NotEvaluated(Calls.ENOUGH);
        }
        Outcome outcome = switch (open.proven(files).on(runtime.get(), calls)) {
            case CaseNotEvaluated missed -> new Outcome.NotEvaluated(missed.reason());
            case CheckResult result -> CheckedCase.outcome(result);
        };
        failedRuns += outcome.reasons().isEmpty() ? 0 : 1;
        return outcome;
    }

    @Override
    public void close() {
        open.close();
    }
}
