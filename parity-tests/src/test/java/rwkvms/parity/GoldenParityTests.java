package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.NotEvaluated;
import rwkvms.golden.Outcome;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.MemoryRuntime;

/** Every golden, oracle and published case on every runtime, every tensor within 1e-5 + 1e-5·|x|. */
final class GoldenParityTests {
    /** What the project's own check without weights reaches on the published fixture. */
    private static final double PUBLISHED_MAX_ABS_DIFF = 6e-8;

    @AfterAll
    static void writeFigures() throws IOException {
        Figures.write();
    }

    @TestFactory
    Stream<DynamicTest> golden() {
        assertThat(Cases.committed()).hasSizeGreaterThan(40);
        return Cases.committed().stream().flatMap(this::onEveryRuntime);
    }

    @TestFactory
    Stream<DynamicTest> oracle() {
        return Cases.oracle().isEmpty()
                ? Cases.SHARED.forEachOracleCase(folder -> fail(folder + " was not opened"))
                : Cases.oracle().stream().flatMap(this::onEveryRuntime);
    }

    @TestFactory
    Stream<DynamicTest> published() {
        return Cases.SHARED.withUpstream("rwkv_ms_math_fixture.json",
                fixture -> onEveryRuntime(Cases.published(fixture)));
    }

    private Stream<DynamicTest> onEveryRuntime(GoldenCase golden) {
        List<DynamicTest> tests = new ArrayList<>();
        for (MemoryRuntime runtime : ParityRuntimes.all()) {
            Optional<String> gap = Gaps.reason(golden, runtime);
            String name = golden.name() + " on " + runtime.name();
            tests.add(gap.isPresent()
                    ? DynamicTest.dynamicTest(name + ": NOT EVALUATED, " + gap.get(),
                            () -> isNotEvaluated(golden, runtime, gap.get()))
                    : DynamicTest.dynamicTest(name, () -> passes(golden, runtime)));
        }
        return tests.stream();
    }

    private static void passes(GoldenCase golden, MemoryRuntime runtime) throws BindingException {
        Outcome outcome = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        CheckResult result = assertInstanceOf(CheckResult.class, outcome);
        Judgement.judge(result, Reproduce.line(golden, runtime.name()));
        if (golden.sidecar().isEmpty()) {
            assertThat(result.comparisons()).extracting(comparison -> comparison.tensor())
                    .containsExactlyElementsOf(MathTensor.WITHOUT_WEIGHTS);
            if (runtime.name().equals(ReferenceRuntime.NAME)) {
                assertThat(result.maxAbsDiff()).isLessThanOrEqualTo(PUBLISHED_MAX_ABS_DIFF);
            }
        }
    }

    /** The reason is the one that is known; then the test is reported as skipped, so that it never looks passed. */
    private static void isNotEvaluated(GoldenCase golden, MemoryRuntime runtime, String reason)
            throws BindingException {
        Outcome outcome = new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        NotEvaluated missed = assertInstanceOf(NotEvaluated.class, outcome);
        assertThat(missed.reason()).contains(reason);
        throw new TestAbortedException("NOT EVALUATED: " + missed.reason());
    }
}
