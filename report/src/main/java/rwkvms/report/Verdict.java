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

/**
 * What one run of the gate says over all its fixtures and runtimes (gate.md).
 *
 * @param runtimes  names of the runtimes asked for, whether they could be opened or not
 * @param judged    in the order of the run
 * @param errors    what could not be judged and why, such as an unreadable file; empty where all inputs were sound
 * @param reproduce one line that repeats the whole run, to paste into a shell
 */
public record Verdict(List<String> runtimes, List<Judged> judged, Tolerance tolerance, List<String> errors,
        Provenance provenance, String reproduce) {
    /** Everything that was judged passed. */
    public static final int PASSED = 0;
    /** Something differs. */
    public static final int FAILED = 1;
    /** Nothing could be judged, or an input was unsound. */
    public static final int COULD_NOT_JUDGE = 2;

    public Verdict {
        runtimes = List.copyOf(runtimes);
        judged = List.copyOf(judged);
        errors = List.copyOf(errors);
    }

    public List<CheckResult> results() {
        List<CheckResult> results = new ArrayList<>();
        for (Judged each : judged) {
            if (each.outcome() instanceof CheckResult result) {
                results.add(result);
            }
        }
        return results;
    }

    public List<NotEvaluated> notEvaluated() {
        List<NotEvaluated> missed = new ArrayList<>();
        for (Judged each : judged) {
            if (each.outcome() instanceof NotEvaluated one) {
                missed.add(one);
            }
        }
        return missed;
    }

    /** The results that did not pass. */
    public List<CheckResult> failed() {
        return results().stream().filter(result -> !result.ok()).toList();
    }

    /** The results that say little, whether they passed or not. */
    public List<CheckResult> mistrusted() {
        return results().stream().filter(result -> !result.mistrusted().isEmpty()).toList();
    }

    /** True only where something was judged, all of it passed, and no input was refused. */
    public boolean ok() {
        return exitCode() == PASSED;
    }

    public int exitCode() {
        if (!failed().isEmpty()) {
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

    /** The verdict in a word: {@code passed}, {@code FAILED}, or {@code NOT JUDGED}. */
    public String word() {
        return word(exitCode());
    }

    /** An exit code in a word: {@code passed}, {@code FAILED}, or {@code NOT JUDGED}. */
    public static String word(int exitCode) {
        return switch (exitCode) {
            case PASSED -> "passed";
            case FAILED -> "FAILED";
            default -> "NOT JUDGED";
        };
    }

    /** The tensor with the largest absolute difference of all. */
    public Optional<TensorComparison> worst() {
        return results().stream().flatMap(result -> result.worst().stream())
                .max(Comparator.comparingDouble(TensorComparison::maxAbsDiff));
    }

    /**
     * One line for each thing that kept this verdict from passing, for standard error: what could not be judged, and the
     * first of the results that failed.
     */
    public List<String> complaints() {
        List<String> complaints = new ArrayList<>(errors);
        List<CheckResult> failed = failed();
        if (!failed.isEmpty()) {
            CheckResult first = failed.getFirst();
            String more = failed.size() == 1 ? "" : " (and " + (failed.size() - 1) + " more that failed)";
            complaints.add(first.caseName() + " on " + first.runtime() + ": " + CheckReport.reason(first) + more);
        }
        if (results().isEmpty()) {
            for (NotEvaluated missed : notEvaluated()) {
                complaints.add(missed.caseName() + " on " + missed.runtime() + ": not evaluated: " + missed.reason());
            }
        }
        return complaints;
    }

    /** The first divergence of the first result that has one. */
    public Optional<Divergence> firstDivergence() {
        return results().stream().flatMap(result -> result.firstDivergence().stream()).findFirst();
    }
}
