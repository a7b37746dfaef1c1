package rwkvms.sidecar.validation;

import java.io.IOException;
import java.util.List;

/** Thrown for a sidecar that nobody can compute with; the message has the first such finding, the report has all. */
public final class SidecarException extends IOException {
    private final transient ValidationReport report;

    SidecarException(ValidationReport report) {
        super(message(report));
        this.report = report;
    }

    /** Everything the validator found, warnings included. */
    public ValidationReport report() {
        return report;
    }

    private static String message(ValidationReport report) {
        List<Finding> fatal = report.findings().stream()
                .filter(finding -> finding.code().stopsReference()).toList();
        String more = switch (fatal.size()) {
            case 1 -> "";
            case 2 -> " (and 1 more error)";
            default -> " (and " + (fatal.size() - 1) + " more errors)";
        };
        return report.path() + ": " + fatal.getFirst().message() + more;
    }
}
