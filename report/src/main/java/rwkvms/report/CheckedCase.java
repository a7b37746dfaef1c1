package rwkvms.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;

/**
 * One fixture on one runtime, with the line that runs just these two again.
 *
 * @param reproduce to paste into a shell
 * @param file      the fixture, for annotations
 * @param microbatch tokens of each graph on a device; empty if it was run otherwise
 */
public record CheckedCase(CaseResult result, String reproduce, Optional<Path> file, OptionalInt microbatch) {
    public CheckedCase(CaseResult result, String reproduce, Optional<Path> file) {
        this(result, reproduce, file, OptionalInt.empty());
    }

    public CheckedCase(CaseResult result, String reproduce) {
        this(result, reproduce, Optional.empty());
    }

    public String name() {
        return result.caseName() + " on " + result.runtime();
    }

    Entry entry(Provenance provenance) {
        String path = file.map(Path::toString).orElse("");
        return switch (result) {
            case CheckResult check -> new Entry(name(), outcome(check), check.notes(), reproduce, path,
                    new CheckReport(check, provenance, reproduce));
            case CaseNotEvaluated missed -> new Entry(name(), new Outcome.NotEvaluated(missed.reason()), List.of(),
                    reproduce, path, EntryDetails.NONE);
        };
    }

    /** The outcome of a check: if it failed, the first divergence and whatever else kept it from passing. */
    public static Outcome outcome(CheckResult result) {
        if (result.ok()) {
            return new Outcome.Passed(result.mistrusted());
        }
        List<String> reasons = new ArrayList<>();
        result.firstDivergence().ifPresent(first -> reasons.add(first.toString()));
        reasons.addAll(result.errors());
        if (reasons.isEmpty()) {
            reasons.add("compared " + result.comparisons().size() + " of " + result.expected() + " tensors");
        }
        return new Outcome.Failed(reasons);
    }
}
