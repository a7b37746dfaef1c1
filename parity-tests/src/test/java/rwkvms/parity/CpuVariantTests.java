package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.nativeruntime.NativeFiles;

/**
 * All golden cases on each CPU variant of ggml that this CPU can load, one child process each: a matrix product in AVX-512
 * adds in another order than one in SSE. Variants beyond this CPU are reported by name as not evaluated.
 */
final class CpuVariantTests {
    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        assertThat(NativeFiles.cpuVariants()).isNotEmpty();
        Map<VariantProcess, VariantProcess.Result> results = VariantProcess
                .runAll(NativeFiles.cpuVariants().stream().map(VariantProcess::of).toList());
        List<DynamicTest> tests = new ArrayList<>();
        results.forEach((variant, result) -> tests.add(result.unsupported()
                ? DynamicTest.dynamicTest(
                        variant.cpuVariant().getFileName() + ": NOT EVALUATED, this CPU does not support it",
                        result::refuse)
                : DynamicTest.dynamicTest(String.valueOf(variant.cpuVariant().getFileName()),
                        () -> result.judge(Cases.runnable(Cases.committed()), Cases.committed().size()))));
        tests.add(DynamicTest.dynamicTest("at least one variant was evaluated",
                () -> assertThat(results.values()).anyMatch(VariantProcess.Result::passed)));
        return tests.stream();
    }
}
