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
 * All golden cases on each CPU variant of ggml, one child process per variant: a matrix product in AVX-512 adds in another order
 * than one in SSE. Variants that this CPU cannot load are reported by name as not evaluated.
 */
final class CpuVariantTests {
    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        assertThat(NativeFiles.cpuVariants()).isNotEmpty();
        Map<VariantProcess, VariantProcess.Result> results = VariantProcess
                .runAll(NativeFiles.cpuVariants().stream().map(VariantProcess::of).toList());
        List<DynamicTest> tests = new ArrayList<>();
        results.forEach((variant, result) -> tests
                .add(result.test(String.valueOf(variant.cpuVariant().getFileName()), Cases.committed())));
        tests.add(DynamicTest.dynamicTest("at least one variant was evaluated",
                () -> assertThat(results.values()).anyMatch(VariantProcess.Result::passed)));
        tests.add(VariantProcess.drift(results.values()));
        return tests.stream();
    }
}
