package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.CheckReport;
import rwkvms.runtime.MemoryRuntime;

/** Every golden, original and published case on every runtime, every tensor within 1e-5 + 1e-5·|x|. */
final class GoldenParityTests {
    /** The largest difference of the project's own check without weights on the published fixture. */
    private static final double PUBLISHED_MAX_ABS_DIFF = 6e-8;

    @TestFactory
    Stream<DynamicTest> golden() {
        assertThat(Cases.committed()).hasSizeGreaterThan(40);
        return Cases.committed().stream().flatMap(this::onEveryRuntime);
    }

    @TestFactory
    Stream<DynamicTest> original() {
        assertThat(Cases.original()).hasSizeGreaterThanOrEqualTo(14);
        return Cases.original().stream().flatMap(this::onEveryRuntime);
    }

    @TestFactory
    Stream<DynamicTest> published() {
        return Cases.SHARED.withUpstream("rwkv_ms_math_fixture.json",
                fixture -> onEveryRuntime(Cases.published(fixture)));
    }

    private Stream<DynamicTest> onEveryRuntime(GoldenCase golden) {
        List<DynamicTest> tests = new ArrayList<>();
        for (MemoryRuntime runtime : ParityRuntimes.all()) {
            Optional<String> gap = ParityRuntimes.gap(golden, runtime);
            String name = golden.name() + " on " + runtime.name();
            tests.add(gap.isPresent()
                    ? DynamicTest.dynamicTest(name + ": NOT EVALUATED, " + gap.get(),
                            () -> isNotEvaluated(golden, runtime, gap.get()))
                    : DynamicTest.dynamicTest(name, () -> passes(golden, runtime)));
        }
        return tests.stream();
    }

    private static void passes(GoldenCase golden, MemoryRuntime runtime) throws BindingException {
        CaseResult outcome = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        CheckResult result = assertInstanceOf(CheckResult.class, outcome);
        judge(result, Cases.reproduceLine(golden, runtime.name()));
        if (golden.sidecar().isEmpty()) {
            assertThat(result.comparisons()).extracting(comparison -> comparison.tensor())
                    .containsExactlyElementsOf(MathTensor.WITHOUT_WEIGHTS);
            if (runtime.name().equals(ReferenceRuntime.NAME)) {
                assertThat(result.maxAbsDiff()).isLessThanOrEqualTo(PUBLISHED_MAX_ABS_DIFF);
            }
        }
    }

    /** Requires the known reason, then reports the test as skipped, so that it never looks passed. */
    private static void isNotEvaluated(GoldenCase golden, MemoryRuntime runtime, String reason)
            throws BindingException {
        CaseResult outcome = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        CaseNotEvaluated missed = assertInstanceOf(CaseNotEvaluated.class, outcome);
        assertThat(missed.reason()).contains(reason);
        throw new TestAbortedException("NOT EVALUATED: " + missed.reason());
    }

    private static void attach(CheckResult result, String reproduce) {
        new CheckReport(result, ParityRuntimes.provenance(result.runtime()), reproduce).attach(AllureReport.ofTest());
    }

    /** Attaches the result, then fails unless it passed. */
    private static void judge(CheckResult result, String reproduce) {
        attach(result, reproduce);
        if (!result.ok()) {
            fail(message(result, reproduce));
        }
    }

    private static String message(CheckResult result, String reproduce) {
        StringBuilder message = new StringBuilder();
        Optional<Divergence> first = result.firstDivergence();
        message.append(first.map(divergence -> Agreement.DIFFERENCE + divergence).orElse("NOT COMPARED")).append('\n');
        result.errors().forEach(error -> message.append(error).append('\n'));
        message.append(Agreement.bad(result.comparisons()));
        message.append("compared ").append(result.comparisons().size()).append(" of ").append(result.expected())
                .append(" tensors, max abs diff ").append(result.maxAbsDiff()).append('\n');
        return message.append(reproduce).toString();
    }
}
