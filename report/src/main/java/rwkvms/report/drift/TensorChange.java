package rwkvms.report.drift;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import rwkvms.math.MathTensor;
import rwkvms.math.Stage;

/**
 * One tensor on one runtime in two runs.
 *
 * @param cases that both runs judged with the same inputs, by name; at least one
 */
public record TensorChange(String runtime, MathTensor tensor, List<CaseChange> cases) {
    public TensorChange {
        cases = List.copyOf(cases);
    }

    public Stage stage() {
        return tensor.stage().orElseThrow();
    }

    /** The rule that holds for the runtime. */
    DriftRule rule() {
        return cases.getFirst().rule();
    }

    public Accuracy accuracy() {
        return Accuracy.of(cases.stream().map(CaseChange::accuracy).toList());
    }

    /** The largest share of a limit in the earlier run. */
    public double before() {
        return cases.stream().mapToDouble(each -> each.before().ofLimit()).max().orElse(Double.NaN);
    }

    /** The largest share of a limit in the later run. */
    public double after() {
        return cases.stream().mapToDouble(each -> each.after().ofLimit()).max().orElse(Double.NaN);
    }

    /** The cases in which the error has grown. */
    public List<CaseChange> drifted() {
        return cases.stream().filter(each -> each.accuracy() == Accuracy.WORSE).toList();
    }

    /** The one of these whose error is the largest now, in units of its scale. */
    public Optional<CaseChange> worst() {
        return drifted().stream().max(Comparator.comparingDouble(each -> each.after().ulps()));
    }
}
