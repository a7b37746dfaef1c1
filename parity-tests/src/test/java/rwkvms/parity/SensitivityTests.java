package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.testing.Draws;
import rwkvms.golden.BindingException;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.AllureReport;
import rwkvms.report.Figure;
import rwkvms.report.Page;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The smallest change of one element that the gate reports, and the largest that it accepts: in every tensor of a golden
 * case the verdict turns between the two neighbouring float32 values that {@link Edge} names; {@code -Pdraws} takes every case.
 */
final class SensitivityTests {
    private static final long SEED = 5_303;
    private static final int ELEMENTS_OF_CURVE = 12;
    private static final Draws DRAWS = Draws.ofBuild();
    /** The comparison that the verdict turns by is the same for all of them. */
    private static final int ONE_CASE_IN = 4;
    /** Cases of the curve, by the size of their states. */
    private static final Map<String, String> SIZES = Map.of("basic", "small state", "mid-state", "mid state",
            "large-state", "large state");

    @TestFactory
    Stream<DynamicTest> theVerdictTurnsAtTheTolerance() {
        return Stream.concat(DRAWS.oneIn(ONE_CASE_IN, Cases.committed()).stream()
                .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> turns(golden))),
                DRAWS.leftOut("three quarters of the golden cases"));
    }

    private static void turns(GoldenCase golden) throws BindingException, NotEvaluatedException {
        // Once: what float32 can know of a case takes longer to find than all of its comparisons.
        FixtureCheck judge = new FixtureCheck(golden, Tolerance.DEFAULT);
        TensorSet sound = sound(golden);
        Map<MathTensor, Edge> edges = new EnumMap<>(MathTensor.class);
        Cases.recorded(golden).forEach((name, expected) -> edges.put(name,
                Edge.of(expected, new Random(SEED * golden.name().hashCode() + name.ordinal()))));
        Map<MathTensor, Tensor> accepted = tensors(sound);
        edges.forEach((name, edge) -> accepted.put(name, edge.accepted(sound.get(name))));
        CheckResult largest = check(judge, accepted);
        assertThat(largest.ok()).as("every tensor at the largest change that passes: %s", largest.firstDivergence())
                .isTrue();

        for (Map.Entry<MathTensor, Edge> edge : edges.entrySet()) {
            Map<MathTensor, Tensor> reported = tensors(sound);
            reported.put(edge.getKey(), edge.getValue().reported(sound.get(edge.getKey())));
            CheckResult smallest = check(judge, reported);
            if (smallest.ok()) {
                assertThat(smallest.beyondTolerance()).as("%s beyond the tolerance: %s", edge.getKey(), edge)
                        .isEqualTo(1);
                assertThat(smallest.notes()).anyMatch(note -> note.startsWith(edge.getKey().label() + ": "));
                reported.put(edge.getKey(), beyond(sound.get(edge.getKey()), edge.getValue(), smallest));
                smallest = check(judge, reported);
            }
            assertThat(smallest.ok()).as("%s at a change that fails: %s", edge.getKey(), edge).isFalse();
            assertThat(smallest.comparisons()).filteredOn(comparison -> !comparison.passed()).singleElement()
                    .satisfies(comparison -> {
                        assertThat(comparison.tensor()).isEqualTo(edge.getKey());
                        assertThat(comparison.bad()).singleElement()
                                .satisfies(bad -> assertThat(bad.flat()).isEqualTo(edge.getValue().element()));
                    });
        }
    }

    /** A little further off than float32 can know of the element. */
    private static Tensor beyond(Tensor sound, Edge edge, CheckResult passed) {
        double times = passed.comparisons().stream().mapToDouble(comparison -> comparison.known().times()).max()
                .orElseThrow();
        double[] values = sound.toDoubles();
        values[edge.element()] = edge.expected() + 1.01 * times * Tolerance.DEFAULT.limit(edge.expected());
        return Tensor.ofDoubles(sound.shape(), values);
    }

    /** What the smallest reported change is to a tensor's usual values: the sharper, the smaller. */
    @Test
    void curve() throws NotEvaluatedException {
        List<Figure.Point> points = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>(List.of(
                List.of("case", "tensor", "smallest change reported", "largest", "of the tensor's root mean square")));
        for (GoldenCase golden : Cases.committed()) {
            String size = SIZES.get(golden.name());
            if (size == null) {
                continue;
            }
            Random random = new Random(SEED);
            for (Map.Entry<MathTensor, Tensor> recorded : Cases.recorded(golden).entrySet()) {
                MathTensor name = recorded.getKey();
                Tensor expected = recorded.getValue();
                if (name.kind() != DType.Kind.FLOATING) {
                    continue;
                }
                double smallest = Double.POSITIVE_INFINITY;
                double largest = 0;
                for (int i = 0; i < ELEMENTS_OF_CURVE; i++) {
                    Edge edge = Edge.of(expected, random);
                    assertTurns(name, expected, edge);
                    smallest = Math.min(smallest, edge.change());
                    largest = Math.max(largest, edge.change());
                    points.add(point(size, edge));
                }
                rows.add(List.of(size, name.label(), number(smallest), number(largest),
                        number(largest / rootMeanSquare(expected))));
            }
        }
        assertThat(points).hasSizeGreaterThan(SIZES.size() * 20 * ELEMENTS_OF_CURVE);
        Figure figure = new Figure("sensitivity", "The smallest change of an element that the gate reports, over the"
                + " element's size, both as powers of ten: flat at 1e-5 up to 1, then in proportion.",
                new Figure.Lines("log10 |expected|", "log10 of the smallest change reported", points));
        new Page("<p>How the gate's sharpness compares with what it judges.</p>" + Page.table(rows),
                List.of(figure), "").attach(AllureReport.ofTest());
    }

    private static void assertTurns(MathTensor name, Tensor expected, Edge edge) {
        TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
        TensorComparison passes = comparer.compare(name, edge.accepted(expected), expected);
        TensorComparison fails = comparer.compare(name, edge.reported(expected), expected);
        assertThat(passes.passed()).as("%s, %s", name, edge).isTrue();
        assertThat(fails.over()).as("%s, %s", name, edge).isEqualTo(1);
        assertThat(passes.maxRatio()).isLessThanOrEqualTo(1);
        assertThat(fails.maxRatio()).isGreaterThan(1).isLessThan(1.01);
    }

    private static Figure.Point point(String size, Edge edge) {
        double change = Math.log10(edge.change());
        return new Figure.Point(size, Math.log10(Math.max(Math.abs(edge.expected()), 1e-6)), change, change, change);
    }

    private static double rootMeanSquare(Tensor tensor) {
        return Math.sqrt(Arrays.stream(tensor.toDoubles()).map(x -> x * x).average().orElse(0));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2e", value);
    }

    private static TensorSet sound(GoldenCase golden) throws NotEvaluatedException {
        return Cases.run(golden, ParityRuntimes.named(ReferenceRuntime.NAME));
    }

    private static Map<MathTensor, Tensor> tensors(TensorSet set) {
        Map<MathTensor, Tensor> copy = new EnumMap<>(MathTensor.class);
        set.names().forEach(name -> copy.put(name, set.get(name)));
        return copy;
    }

    private static CheckResult check(FixtureCheck judge, Map<MathTensor, Tensor> tensors) throws BindingException {
        try (Replay replay = new Replay(TensorSet.of(tensors))) {
            return assertInstanceOf(CheckResult.class, judge.on(replay));
        }
    }
}
