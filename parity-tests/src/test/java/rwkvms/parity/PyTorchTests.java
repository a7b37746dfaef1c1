package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.testing.Shard;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.pipe.PipeRuntime;

/**
 * PyTorch's float32 as a runtime passes: short cases and a long one by default, and with {@code -Pfalsealarms} every golden case,
 * the long ones in chunks and steps too. Narrower types are measured.
 */
final class PyTorchTests {
    /** Apart from that of the other runtimes, with which -Pfalsealarms judges PyTorch. */
    private static final long SEED = 2;
    private static final Path GOLDEN = Cases.ROOT.resolve("golden");
    private static final List<CaseFiles> FEW = List.of(files("data/basic"), files("data/heads-4"),
            files("data/legacy-mask"), files("data/semantics-2-topk-2"));
    private static final List<CaseFiles> FEW_LONG = List.of(files("data-long/tokens-64"));
    private static final List<Calls> WAYS = List.of(Calls.WHOLE, Calls.chunks(7), Calls.chunks(63), Calls.steps(1),
            Calls.steps(64));

    /** All on one process, which takes two seconds to start. */
    @TestFactory
    Stream<DynamicTest> float32Passes() throws Exception {
        Optional<PipeRuntime> found = PyTorch.inFloat32();
        if (found.isEmpty()) {
            return Stream.of(SharedCases.notEvaluated("PyTorch in float32", PyTorch.ABSENT));
        }
        PipeRuntime runtime = found.get();
        List<DynamicTest> tests = new ArrayList<>();
        for (CaseFiles files : FalseAlarmTests.ALL ? CaseFiles.below(GOLDEN.resolve("data")) : FEW) {
            tests.add(DynamicTest.dynamicTest(files.name(), () -> shortCase(runtime, files)));
        }
        for (CaseFiles files : FalseAlarmTests.ALL ? CaseFiles.below(GOLDEN.resolve("data-long")) : FEW_LONG) {
            tests.add(DynamicTest.dynamicTest(files.name(), () -> longCase(runtime, files)));
        }
        tests.add(DynamicTest.dynamicTest("a random configuration", () -> random(runtime)));
        return tests.stream().onClose(runtime::close);
    }

    private static void shortCase(PipeRuntime runtime, CaseFiles files) throws Exception {
        passes(judged(runtime, files));
        passes(judged(runtime, new CaseFiles(files.name(), files.fixture(), Optional.empty(), Optional.empty())));
    }

    private static void longCase(PipeRuntime runtime, CaseFiles files) throws Exception {
        try (GoldenCase golden = GoldenCase.open(files)) {
            FixtureCheck check = new FixtureCheck(golden, Tolerance.DEFAULT);
            for (Calls calls : FalseAlarmTests.ALL ? WAYS : List.of(Calls.WHOLE)) {
                passes(check.on(runtime, calls));
            }
        }
    }

    private static void random(PipeRuntime runtime) {
        try (LongAlarms alarms = new LongAlarms().with(Implementation.of(runtime.name(), runtime))) {
            alarms.judge(1, SEED, Shard.ALL);
            System.out.println("seed " + SEED + "\n" + alarms.table());
            Shares shares = alarms.members().getFirst().shares();
            assertThat(shares.alarms()).isEmpty();
            assertThat(shares.configurations()).isOne();
        }
    }

    private static CaseResult judged(PipeRuntime runtime, CaseFiles files) throws Exception {
        try (GoldenCase golden = GoldenCase.open(files)) {
            return new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime);
        }
    }

    private static CaseFiles files(String name) {
        return CaseFiles.in(GOLDEN.resolve(name)).orElseThrow();
    }

    private static void passes(CaseResult result) {
        assertThat(result).isInstanceOfSatisfying(CheckResult.class, judged -> {
            assertThat(judged.errors()).isEmpty();
            assertThat(judged.firstDivergence()).isEmpty();
            assertThat(judged.ok()).isTrue();
        });
    }

    /** Products of float16 are more than PyTorch has on some processors, which is no fault of the memory. */
    @TestFactory
    Stream<DynamicTest> narrowTypesAreMeasured() {
        return FalseAlarmTests.ALL
                ? Stream.of("bfloat16", "float16").map(dtype -> DynamicTest.dynamicTest(dtype, () -> measured(dtype)))
                : Stream.empty();
    }

    private static void measured(String dtype) throws Exception {
        Optional<PipeRuntime> found = PyTorch.in(dtype);
        try (PipeRuntime runtime = found.orElseThrow(() -> new TestAbortedException(
                "NOT EVALUATED: PyTorch in " + dtype + " (" + PyTorch.ABSENT + ")"))) {
            assertThat(judged(runtime, files("data/heads-4"))).isInstanceOfSatisfying(CaseNotEvaluated.class,
                    missed -> assertThat(missed.reason()).containsAnyOf(
                            "the runtime computes in " + dtype + "; float32 is judged. Measured",
                            "not implemented for 'Half'"));
        }
    }
}
