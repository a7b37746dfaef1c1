package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** What passes, and which values needed more than the tolerance. */
final class CheckResultTests {
    private static final Shape SHAPE = Shape.of(1, 1, 2);

    private static TensorComparison comparison(MathTensor name, double... actual) {
        Tensor ones = Tensor.ofDoubles(SHAPE, 1, 1);
        return new TensorComparer(Tolerance.DEFAULT).compare(name, Tensor.ofDoubles(SHAPE, actual), ones, i -> false,
                KnownLimits.of(Tensor.ofDoubles(SHAPE, 0.01, 0.5), ones));
    }

    private static CheckResult result(int expected, List<String> errors, TensorComparison... comparisons) {
        return new CheckResult("case", "fake", 0, Tolerance.DEFAULT, true, expected, List.of(comparisons), errors,
                List.of(), List.of());
    }

    @Test
    void onlyWhatWasComparedAndIsRightPasses() {
        TensorComparison right = comparison(MathTensor.KEEP, 1, 1);
        assertThat(result(1, List.of(), right).ok()).isTrue();
        assertThat(result(0, List.of()).ok()).isFalse();
        assertThat(result(2, List.of(), right).ok()).isFalse();
        assertThat(result(1, List.of("lacks keep"), right).ok()).isFalse();
        assertThat(result(1, List.of(), comparison(MathTensor.KEEP, 2, 1)).ok()).isFalse();
    }

    /** Of the second value float32 knows next to nothing, and of the first as much as a hundredth. */
    @Test
    void valuesBeyondTheToleranceAreCounted() {
        CheckResult result = result(2, List.of(), comparison(MathTensor.KEEP, 1.005, 1.2),
                comparison(MathTensor.ERASE, 1.002, 1));
        assertThat(result.ok()).isTrue();
        assertThat(result.beyondTolerance()).isEqualTo(2);
        assertThat(result.unknowable()).isEqualTo(1);
        assertThat(result.values()).isEqualTo(3);
        assertThat(result.worst().orElseThrow().tensor()).isEqualTo(MathTensor.KEEP);
        assertThat(result.maxAbsDiff()).isEqualTo(1.005 - 1);
        assertThat(result(0, List.of()).worst()).isEmpty();
        assertThat(result(0, List.of()).maxAbsDiff()).isNaN();
    }
}
