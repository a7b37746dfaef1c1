package rwkvms.golden;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import rwkvms.comparison.Divergence;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;

/**
 * The result of checking a runtime with a fixture.
 *
 * @param withWeights whether there was a sidecar; without one, only what needs no weights is compared
 * @param expected    number of tensors that should have been compared
 * @param comparisons one per compared tensor, in dataflow order
 * @param errors      why the result cannot pass although no element differs, such as tensors that the runtime lacks
 * @param notes       facts for a reader, such as settings in which fixture and sidecar differ
 * @param mistrusted  why a pass proves little, such as a tensor of zeros; changes no verdict
 */
public record CheckResult(String caseName, String runtime, int layer, Tolerance tolerance, boolean withWeights,
        int expected, List<TensorComparison> comparisons, List<String> errors, List<String> notes,
        List<String> mistrusted) implements CaseResult {

    public CheckResult {
        comparisons = List.copyOf(comparisons);
        errors = List.copyOf(errors);
        notes = List.copyOf(notes);
        mistrusted = List.copyOf(mistrusted);
    }

    CheckResult named(String other) {
        return new CheckResult(other, runtime, layer, tolerance, withWeights, expected, comparisons, errors, notes,
                mistrusted);
    }

    /** Passed only if everything that should have been compared was, and lies within tolerance. */
    public boolean ok() {
        return errors.isEmpty() && expected > 0 && comparisons.size() == expected
                && comparisons.stream().allMatch(TensorComparison::passed);
    }

    /** What counts as judged: a result without a tensor to judge and without an error is none. */
    CaseResult orNotEvaluated() {
        return expected == 0 && errors.isEmpty()
                ? new CaseNotEvaluated(caseName, runtime, "there is no tensor that could be judged"
                        + (mistrusted.isEmpty() ? "" : ": " + String.join("; ", mistrusted)))
                : this;
    }

    public Optional<Divergence> firstDivergence() {
        return Divergence.first(layer, comparisons);
    }

    /** The tensor with the largest absolute difference. */
    public Optional<TensorComparison> worst() {
        return comparisons.stream().max(Comparator.comparingDouble(TensorComparison::maxAbsDiff));
    }

    public double maxAbsDiff() {
        return worst().map(TensorComparison::maxAbsDiff).orElse(Double.NaN);
    }

    /** Largest difference relative to its limit; above 1 fails. */
    public double maxRatio() {
        return comparisons.stream().mapToDouble(TensorComparison::maxRatio).max().orElse(Double.NaN);
    }

    /** Number of judged elements. */
    public long values() {
        return comparisons.stream().mapToLong(TensorComparison::judged).sum();
    }

    /** Elements beyond the tolerance that were judged at what float32 can know of them. */
    public long beyondTolerance() {
        return comparisons.stream().mapToLong(comparison -> comparison.known().within()).sum();
    }

    /** Elements not judged, because float32 knows next to nothing of them. */
    public long unknowable() {
        return comparisons.stream().mapToLong(comparison -> comparison.known().unknowable()).sum();
    }
}
