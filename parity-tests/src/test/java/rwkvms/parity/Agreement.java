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

/** Two runs compared tensor by tensor; both must give the same tensors. */
record Agreement(int layer, List<TensorComparison> comparisons) {
    /** The beginning of the message of every difference; the report sorts by it. */
    static final String DIFFERENCE = "DIFFERENCE: ";

    static Agreement of(int layer, TensorSet actual, TensorSet expected) {
        assertThat(actual.names()).isNotEmpty().isEqualTo(expected.names());
        TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
        List<TensorComparison> comparisons = new ArrayList<>();
        for (MathTensor name : expected.names()) {
            comparisons.add(comparer.compare(name, actual.get(name), expected.get(name)));
        }
        return new Agreement(layer, comparisons);
    }

    /** Fails with subject and case if something differs. */
    void judge(String subject, String caseName, String reproduce) {
        Optional<Divergence> first = Divergence.first(layer, comparisons);
        if (first.isPresent()) {
            fail(DIFFERENCE + first.get() + '\n' + bad(comparisons) + subject + ", " + caseName
                    + '\n' + reproduce);
        }
    }

    static String bad(List<TensorComparison> comparisons) {
        StringBuilder message = new StringBuilder();
        for (TensorComparison bad : comparisons) {
            if (!bad.passed()) {
                message.append(bad.tensor().label()).append(": ").append(bad.over()).append(" of ")
                        .append(bad.elements()).append(" values over tolerance, max abs diff ")
                        .append(bad.maxAbsDiff()).append(" at ").append(bad.maxAbsIndex()).append('\n');
            }
        }
        return message.toString();
    }
}
