package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.qameta.allure.Allure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;
import rwkvms.child.Child;
import rwkvms.child.Ending;
import rwkvms.fixtures.testing.Draws;
import rwkvms.nativeruntime.NativeFiles;

/**
 * Live parity on CPU variants of ggml that this CPU can load, one child process each; flash attention on and off, every
 * microbatch size, F32 and BF16. Every build takes the plainest and one between it and the one that ggml itself takes, on which
 * {@link LiveParityTests} runs; {@code -Pdraws} takes all. Variants beyond this CPU are reported by name as not evaluated.
 */
final class LiveVariantTests {
    /** Types, flash attention, microbatch sizes, layers, heads. */
    private static final int COMPARISONS = 2 * 2 * LiveParityTests.MICROBATCHES.size() * LiveModel.LAYERS.size() * 2;

    private record VariantEnding(Path variant, Child.Run child) {
        String name() {
            return String.valueOf(variant.getFileName());
        }

        boolean evaluated() {
            return !child.ending().equals(SuiteChild.NOT_EVALUATED);
        }
    }

    @TestFactory
    Stream<DynamicTest> variants() throws Exception {
        Draws draws = Draws.ofBuild();
        List<Path> taken = draws.cpuVariants(NativeFiles.cpuVariants(), "");
        List<VariantEnding> all = runAll(taken);
        List<DynamicTest> tests = new ArrayList<>(draws.leftOut(NativeFiles.cpuVariants(), taken).toList());
        for (VariantEnding ran : all) {
            tests.add(ran.evaluated()
                    ? DynamicTest.dynamicTest(ran.name(), () -> passes(ran))
                    : DynamicTest.dynamicTest(ran.name() + ": NOT EVALUATED, this CPU does not support it", () -> {
                        throw new TestAbortedException("NOT EVALUATED: " + ran.child.out().strip());
                    }));
        }
        tests.add(DynamicTest.dynamicTest("at least one variant was evaluated",
                () -> assertThat(all).anyMatch(VariantEnding::evaluated)));
        return tests.stream();
    }

    private static void passes(VariantEnding ran) {
        assertThat(ran.child.ending()).as(ran.child.out() + ran.child.err()).isEqualTo(new Ending.Exited(0));
        String[] said = ran.child.out().strip().split(" ");
        double largest = Double.parseDouble(said[1]);
        System.out.println("live on " + ran.name() + ": max abs diff " + largest + " over " + said[0] + " comparisons");
        Allure.parameter("max abs diff", largest);
        Parity.tell(largest, "CPU " + ran.name().replaceAll("^libggml-cpu-|\\.so$", ""));
        assertThat(Integer.parseInt(said[0])).isEqualTo(COMPARISONS);
        assertThat(largest).isLessThanOrEqualTo(Parity.LIMIT);
    }

    /** As many at a time as there are cores. */
    private static List<VariantEnding> runAll(List<Path> variants) throws Exception {
        assertThat(variants).isNotEmpty();
        List<VariantEnding> all = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            List<Future<Child.Run>> running = variants.stream()
                    .map(variant -> pool.submit(() -> SuiteChild.of(LiveVariantRun.class, variant).run())).toList();
            for (int i = 0; i < variants.size(); i++) {
                all.add(new VariantEnding(variants.get(i), running.get(i).get()));
            }
        }
        return all;
    }
}
