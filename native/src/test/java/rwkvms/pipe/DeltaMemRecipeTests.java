package rwkvms.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;

/**
 * adapters/python/delta_mem_runtime.py, with a module of our own in the place of delta-Mem's: whether it feeds and reads a module of that
 * interface rightly. delta-Mem itself is nobody's dependency here.
 */
final class DeltaMemRecipeTests {
    private static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Every setting that the module has, and both predecessors. */
    private static final List<String> JUDGED = List.of("basic", "legacy-mask", "streaming", "semantics-2", "heads-2",
            "heads-2-semantics-2", "scalar-gates", "free-lambda", "lambda-outside", "no-lambda", "topk-3",
            "no-normalize-qk", "erase-gate-half", "all-heads");

    private static String judged(PipeRuntime runtime, String name) throws Exception {
        CaseFiles files = CaseFiles.in(ROOT.resolve("golden/data").resolve(name)).orElseThrow();
        try (GoldenCase golden = GoldenCase.open(files)) {
            return switch (new FixtureCheck(golden, Tolerance.DEFAULT).on(runtime, Calls.WHOLE)) {
                case CheckResult result when result.ok() -> "passed";
                case CheckResult result -> "failed: " + result.errors() + result.firstDivergence();
                case CaseNotEvaluated missed -> missed.reason();
            };
        }
    }

    @TestFactory
    Stream<DynamicTest> aModuleOfThatInterfacePasses() throws Exception {
        Optional<String> python = Python.with("torch");
        String name = "the golden cases on a stand-in for delta-Mem";
        return Stream.of(python.isEmpty()
                ? SharedCases.notEvaluated(name, Python.absent("torch"))
                : DynamicTest.dynamicTest(name, () -> passes(python.get())));
    }

    private static void passes(String python) throws Exception {
        Path standIn = ROOT.resolve("native/src/test/python/stand-in");
        try (PipeRuntime runtime = PipeRuntime.start(
                python + " '" + Python.ADAPTERS.resolve("delta_mem_runtime.py") + "' '" + standIn + "'", LIMIT)) {
            List<String> judged = new ArrayList<>();
            for (String golden : JUDGED) {
                judged.add(golden + ": " + judged(runtime, golden));
            }
            assertThat(judged).allMatch(each -> each.endsWith(": passed"), "passed");
            assertThat(judged(runtime, "step-trace")).endsWith("this implementation gives no step trace");
            assertThat(runtime.finish()).isEmpty();
        }
    }
}
