package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import rwkvms.golden.CheckResult;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The failure that names the spot best is read first: the earliest in the order of computation, then the smallest. */
final class GrainTests {
    private static CheckResult differing(String name, int tokens, MathTensor tensor, int element) {
        SmallCase small = SmallCase.of(name, tokens);
        return small.observed(Mistaken.moved(small.values(Hypothesis.CORRECT), tensor, element, 1)).result();
    }

    /** A run that lacks values, so that none of them differs. */
    private static CheckResult cut(String name) {
        SmallCase small = SmallCase.of(name, 4);
        TensorSet right = small.values(Hypothesis.CORRECT);
        return small.observed(SmallCase.with(right, MathTensor.RAW_READS,
                Tensor.ofDoubles(Shape.of(1, 1, 2), 0, 0))).result();
    }

    private static List<String> sorted(CheckResult... results) {
        return Stream.of(results).sorted(Grain.FINEST_FIRST).map(CheckResult::caseName).toList();
    }

    @Test
    void theEarliestComesFirst() {
        CheckResult coefficient = differing("coefficient", 6, MathTensor.KEEP, 10);
        CheckResult early = differing("early", 6, MathTensor.RAW_READS, 2);
        CheckResult late = differing("late", 6, MathTensor.READ_ROUTES, 8);
        CheckResult last = differing("last", 4, MathTensor.FINAL_STATE, 0);
        assertThat(sorted(last, late, early, coefficient)).containsExactly("coefficient", "early", "late", "last");
        assertThat(sorted(coefficient, early, late, last)).containsExactly("coefficient", "early", "late", "last");
    }

    @Test
    void ofEqualPlacesTheSmallerCaseComesFirst() {
        CheckResult large = differing("large", 6, MathTensor.RAW_READS, 2);
        CheckResult small = differing("small", 4, MathTensor.RAW_READS, 2);
        assertThat(sorted(large, small)).containsExactly("small", "large");
        assertThat(sorted(small, large)).containsExactly("small", "large");
        assertThat(Grain.FINEST_FIRST.compare(large, large)).isZero();
    }

    @Test
    void aFailureWithoutADifferenceComesLast() {
        CheckResult last = differing("last", 6, MathTensor.FINAL_STATE, 0);
        assertThat(sorted(cut("cut"), last)).containsExactly("last", "cut");
        assertThat(sorted(last, cut("cut"))).containsExactly("last", "cut");
        assertThat(Grain.FINEST_FIRST.compare(cut("cut"), cut("other"))).isZero();
    }
}
