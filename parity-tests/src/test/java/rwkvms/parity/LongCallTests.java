package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * The real-size weights on as many tokens as a prompt has: how many values miss 1e-5, and how much of what float32 can know is
 * used. {@code -Pfalsealarms} takes calls of up to 2,048 tokens, and prints the table of docs/error-budget.md.
 */
final class LongCallTests {
    private static final List<Integer> LENGTHS = FalseAlarmTests.ALL
            ? List.of(16, 64, 256, 512, 1024, 2048)
            : List.of(16, 128);
    private static final List<Double> SCALES = List.of(0.5, 1.0);
    /** What a sound runtime may use of the limits here; the largest seen is a quarter of it. */
    private static final double USED = 0.6;

    @TestFactory
    Stream<DynamicTest> realSize() {
        return LENGTHS.stream().flatMap(tokens -> SCALES.stream().map(scale -> DynamicTest
                .dynamicTest(tokens + " tokens of scale " + scale, () -> judge(tokens, scale))));
    }

    private static void judge(int tokens, double scale) throws NotEvaluatedException {
        GoldenCase golden = Cases.committed("real-size");
        int layer = golden.fixture().pass().layer();
        Sidecar sidecar = golden.sidecar().orElseThrow();
        LayerState initial = new FixtureRun(golden.fixture()).initialState(0);
        ForwardInput input = ForwardInput.of(hidden(tokens, sidecar.config().hiddenSize(), scale));
        ModelLimits limits = ModelLimits.of(sidecar.config(), sidecar.layer(layer), initial, input);
        TensorSet exact = limits.exact();
        for (String name : List.of(ReferenceRuntime.NAME, NativeRuntime.NAME)) {
            TensorSet found = run(ParityRuntimes.named(name), sidecar, layer, initial, input);
            long start = System.nanoTime();
            List<TensorComparison> comparisons = limits.compare(found, exact, 1);
            System.out.println(row(tokens, scale, name, comparisons, (System.nanoTime() - start) / 1_000_000));
            assertThat(comparisons).allMatch(TensorComparison::passed)
                    .allMatch(each -> each.known().used() < USED).hasSizeGreaterThan(30);
        }
    }

    private static TensorSet run(MemoryRuntime runtime, Sidecar sidecar, int layer, LayerState initial,
            ForwardInput input) throws NotEvaluatedException {
        try (LoadedMemory memory = runtime.load(MemoryModel.of(sidecar)); MemorySession session = memory.newSession()) {
            session.setState(layer, initial);
            return session.forward(layer, input);
        }
    }

    private static Tensor hidden(int tokens, int width, double scale) {
        Random random = new Random(tokens);
        return Tensor.ofRounded(Shape.of(tokens, width),
                IntStream.range(0, tokens * width).mapToDouble(i -> scale * random.nextGaussian()).toArray());
    }

    /** A line of the table in docs/error-budget.md. */
    private static String row(int tokens, double scale, String runtime, List<TensorComparison> comparisons,
            long milliseconds) {
        long values = comparisons.stream().mapToLong(TensorComparison::elements).sum();
        long beyond = comparisons.stream().mapToLong(each -> each.known().within()).sum();
        double most = comparisons.stream().mapToDouble(each -> (double) each.known().within() / each.elements()).max()
                .orElseThrow();
        MathTensor tensor = comparisons.stream()
                .filter(each -> (double) each.known().within() / each.elements() == most).findFirst().orElseThrow()
                .tensor();
        double times = comparisons.stream().mapToDouble(each -> each.known().times()).max().orElseThrow();
        double used = comparisons.stream().mapToDouble(each -> each.known().used()).max().orElseThrow();
        return String.format(Locale.ROOT,
                "| %d | %.1f | %s | %d | %d (%.5f %%) | %.3f %% (%s) | %.0f | %.0f %% | %d ms |",
                tokens, scale, runtime, values, beyond, 100.0 * beyond / values, 100 * most,
                beyond == 0 ? "none" : tensor.label(), times, 100 * used, milliseconds);
    }
}
