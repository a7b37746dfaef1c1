package rwkvms.faults;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Diagnostician;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.runtime.RuntimeFailure;

/**
 * The committed golden cases up to the first that differs, and the shortest long one; if the gate is asked which mistake a fault
 * is, all of them.
 */
final class GoldenSuite {
    /** The property that asks. */
    static final String ASKED = "rwkvms.diagnosed";
    /** Ten times the gate's: a name must not depend on how busy the machine is. */
    private static final Duration LIMIT = Diagnostician.LIMIT.multipliedBy(10);

    private GoldenSuite() {
    }

    static SuiteResult run() throws Exception {
        List<CaseFiles> cases = new ArrayList<>(CaseFiles.below(NativeBuild.ROOT.resolve("golden/data")));
        cases.add(CaseFiles.in(NativeBuild.ROOT.resolve("golden/data-long/tokens-64")).orElseThrow());
        int judged = 0;
        Optional<SuiteResult.Failed> first = Optional.empty();
        Diagnostician diagnostician = new Diagnostician(LIMIT);
        try (NativeRuntime runtime = NativeRuntime.open("faulty", NativeFiles.library(), Optional.<Path>empty(), 1)) {
            for (CaseFiles files : cases) {
                try (GoldenCase golden = GoldenCase.open(files)) {
                    Optional<SuiteResult.Failed> failed = judge(golden,
                            new FixtureCheck(golden, Tolerance.DEFAULT, diagnostician).on(runtime));
                    if (failed.isPresent() && !Boolean.getBoolean(ASKED)) {
                        return failed.get();
                    }
                    first = first.or(() -> failed);
                } catch (RuntimeFailure e) {
                    return new SuiteResult.Failed(SuiteRun.stageOf(e.getMessage()),
                            files.name() + ": " + e.getMessage());
                }
                judged++;
            }
        }
        return first.isPresent() ? named(first.get(), diagnostician) : new SuiteResult.Passed(judged);
    }

    private static SuiteResult named(SuiteResult.Failed failed, Diagnostician diagnostician) {
        List<Diagnosis> diagnoses = diagnostician.diagnoses();
        String said = diagnoses.stream().flatMap(each -> each.lines().stream()).collect(Collectors.joining(" "));
        return new SuiteResult.Failed(failed.stage(), failed.said() + "; " + said, diagnoses.stream()
                .flatMap(each -> each.explanations().stream()).map(each -> each.hypothesis().name()).toList());
    }

    private static Optional<SuiteResult.Failed> judge(GoldenCase golden, CaseResult outcome) {
        return switch (outcome) {
            case CheckResult result when result.ok() -> Optional.empty();
            case CheckResult result -> Optional.of(failed(result));
            // The C++ runtime keeps one state head, and does not evaluate a case with more.
            case CaseNotEvaluated missed when golden.fixture().config().numStateHeads() != 1 -> Optional.empty();
            case CaseNotEvaluated missed ->
                Optional.of(new SuiteResult.Failed(Optional.empty(),
                        golden.name() + ": NOT EVALUATED: " + missed.reason()));
        };
    }

    private static SuiteResult.Failed failed(CheckResult result) {
        Optional<Divergence> first = result.firstDivergence();
        String said = first.map(Divergence::toString).orElse("" + result.errors());
        return new SuiteResult.Failed(first.map(divergence -> FaultStage.valueOf(divergence.stage().name()))
                .or(() -> SuiteRun.stageOf(said)), result.caseName() + ": " + said);
    }
}
