package rwkvms.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import rwkvms.golden.CheckResult;
import rwkvms.golden.CaseNotEvaluated;

/**
 * One fixture on one runtime, with the line that runs just these two again.
 *
 * @param reproduce to paste into a shell
 * @param file      the fixture, for annotations
 */
public record CheckedCase(rwkvms.golden.CaseResult outcome, String reproduce, Optional<Path> file) {
    public CheckedCase(rwkvms.golden.CaseResult outcome, String reproduce) {
        this(outcome, reproduce, Optional.empty());
    }

    public String name() {
        return outcome.caseName() + " on " + outcome.runtime();
    }

    Entry entry(Provenance provenance) {
        String path = file.map(Path::toString).orElse("");
        return switch (outcome) {
            case CheckResult result -> new Entry(name(), judgement(result), result.notes(), reproduce, path,
                    new CheckReport(result, provenance, reproduce));
            case CaseNotEvaluated missed -> new Entry(name(), new Outcome.NotEvaluated(missed.reason()), List.of(),
                    reproduce, path, EntryDetails.NONE);
        };
    }

    private static Outcome judgement(CheckResult result) {
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
