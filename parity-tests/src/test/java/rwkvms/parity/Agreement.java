package rwkvms.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;

/** Two runs compared tensor by tensor; both must have given the same tensors. */
record Agreement(int layer, List<TensorComparison> comparisons) {

    /** Within the gate's own tolerance. */
    static Agreement of(int layer, TensorSet actual, TensorSet expected) {
        return of(layer, actual, expected, Tolerance.DEFAULT);
    }

    static Agreement of(int layer, TensorSet actual, TensorSet expected, Tolerance tolerance) {
        assertThat(actual.names()).isNotEmpty().isEqualTo(expected.names());
        TensorComparer comparer = new TensorComparer(tolerance);
        List<TensorComparison> comparisons = new ArrayList<>();
        for (MathTensor name : expected.names()) {
            comparisons.add(comparer.compare(name, actual.get(name), expected.get(name)));
        }
        return new Agreement(layer, comparisons);
    }

    /** Records the figures under subject and case, and fails where something differs. */
    void judge(String subject, String caseName, String reproduce) {
        Figures.add(subject, caseName, comparisons);
        Optional<Divergence> first = Divergence.first(layer, comparisons);
        if (first.isPresent()) {
            fail(Judgement.DIFFERENCE + first.get() + '\n' + Judgement.bad(comparisons) + subject + ", " + caseName
                    + '\n' + reproduce);
        }
    }
}
