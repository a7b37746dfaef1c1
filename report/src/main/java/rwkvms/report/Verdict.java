package rwkvms.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import rwkvms.fixtures.Divergence;
import rwkvms.fixtures.TensorComparison;
import rwkvms.fixtures.Tolerance;
import rwkvms.golden.CheckResult;
import rwkvms.golden.NotEvaluated;
import rwkvms.golden.Outcome;

/**
 * What one run of the gate says over all its fixtures and runtimes (gate.md).
 *
 * @param errors    why nothing could be judged, such as an unreadable file; empty where all inputs were sound
 * @param reproduce one line to paste into a shell
 */
public record Verdict(List<Outcome> outcomes, Tolerance tolerance, List<String> errors, Provenance provenance,
        String reproduce) {
    /** Everything that was judged passed. */
    public static final int PASSED = 0;
    /** Something differs. */
    public static final int FAILED = 1;
    /** Nothing could be judged, or an input was unsound. */
    public static final int COULD_NOT_JUDGE = 2;

    public Verdict {
        outcomes = List.copyOf(outcomes);
        errors = List.copyOf(errors);
    }

    public List<CheckResult> results() {
        List<CheckResult> results = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            if (outcome instanceof CheckResult result) {
                results.add(result);
            }
        }
        return results;
    }

    public List<NotEvaluated> notEvaluated() {
        List<NotEvaluated> missed = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            if (outcome instanceof NotEvaluated one) {
                missed.add(one);
            }
        }
        return missed;
    }

    /** True only where something was judged and all of it passed. */
    public boolean ok() {
        return exitCode() == PASSED;
    }

    public int exitCode() {
        if (results().stream().anyMatch(result -> !result.ok())) {
            return FAILED;
        }
        return results().isEmpty() || !errors.isEmpty() ? COULD_NOT_JUDGE : PASSED;
    }

    /** Tensors compared. */
    public int compared() {
        return results().stream().mapToInt(result -> result.comparisons().size()).sum();
    }

    /** Tensors that should have been compared. */
    public int expected() {
        return results().stream().mapToInt(CheckResult::expected).sum();
    }

    public long values() {
        return results().stream().mapToLong(CheckResult::values).sum();
    }

    /** Whether every judged fixture had its sidecar. */
    public boolean withWeights() {
        return !results().isEmpty() && results().stream().allMatch(CheckResult::withWeights);
    }

    /** The judged runtimes, each once, joined by a comma. */
    public String runtimes() {
        return String.join(",", outcomes.stream().map(Outcome::runtime).distinct().toList());
    }

    /** The tensor with the largest absolute difference of all. */
    public Optional<TensorComparison> worst() {
        return results().stream().flatMap(result -> result.worst().stream())
                .max(Comparator.comparingDouble(TensorComparison::maxAbsDiff));
    }

    /** The first divergence of the first result that has one. */
    public Optional<Divergence> firstDivergence() {
        return results().stream().flatMap(result -> result.firstDivergence().stream()).findFirst();
    }
}
