package rwkvms.report.drift;

import java.util.Comparator;
import java.util.List;
import rwkvms.math.Stage;

/**
 * One stage on one runtime in two runs.
 *
 * @param tensors of the stage, at least one
 */
public record StageChange(String runtime, Stage stage, List<TensorChange> tensors) {
    public StageChange {
        tensors = List.copyOf(tensors);
    }

    DriftRule rule() {
        return tensors.getFirst().rule();
    }

    public Accuracy accuracy() {
        return Accuracy.of(tensors.stream().map(TensorChange::accuracy).toList());
    }

    /** The tensor that came nearest to its limit in the earlier run. */
    public TensorChange worstBefore() {
        return tensors.stream().max(Comparator.comparingDouble(TensorChange::before)).orElseThrow();
    }

    /** The tensor that comes nearest to its limit in the later run. */
    public TensorChange worstAfter() {
        return tensors.stream().max(Comparator.comparingDouble(TensorChange::after)).orElseThrow();
    }
}
