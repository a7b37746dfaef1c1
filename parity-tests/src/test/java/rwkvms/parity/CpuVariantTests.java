package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.fixtures.testing.Draws;
import rwkvms.nativeruntime.NativeFiles;

/**
 * All golden cases on CPU variants of ggml, one child process per variant: a matrix product in AVX-512 adds in another order
 * than one in SSE. Every build takes the plainest, the one that ggml takes here and one between, {@code -Pdraws} all. Variants that
 * this CPU cannot load are reported by name as not evaluated.
 */
final class CpuVariantTests {
    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        assertThat(NativeFiles.cpuVariants()).isNotEmpty();
        Draws draws = Draws.ofBuild();
        List<Path> taken = draws.cpuVariants(NativeFiles.cpuVariants(), ParityRuntimes.cpuVariant());
        Map<VariantProcess, VariantProcess.Result> results = VariantProcess
                .runAll(taken.stream().map(VariantProcess::of).toList());
        List<DynamicTest> tests = new ArrayList<>(draws.leftOut(NativeFiles.cpuVariants(), taken).toList());
        results.forEach((variant, result) -> tests
                .add(result.test(String.valueOf(variant.cpuVariant().getFileName()), Cases.committed())));
        tests.add(DynamicTest.dynamicTest("at least one variant was evaluated",
                () -> assertThat(results.values()).anyMatch(VariantProcess.Result::passed)));
        tests.add(VariantProcess.drift(results.values()));
        return tests.stream();
    }
}
