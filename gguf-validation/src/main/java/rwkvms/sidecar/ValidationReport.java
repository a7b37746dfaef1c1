package rwkvms.sidecar;

import java.nio.file.Path;
import java.util.List;
import rwkvms.sidecar.FindingCode.Severity;

/**
 * All findings about one sidecar, in the order of the checks.
 *
 * @param omitted findings left out because their code had very many already
 */
public record ValidationReport(Path path, List<Finding> findings, int omitted) {
    public ValidationReport {
        findings = List.copyOf(findings);
    }

    /** Whether nothing is wrong for the C++ runtime and everybody else; warnings may remain. */
    public boolean isValid() {
        return findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
    }

    /** Whether the reference can compute with it: see {@link FindingCode#stopsReference()}. */
    public boolean isComputable() {
        return findings.stream().noneMatch(finding -> finding.code().stopsReference());
    }

    public List<Finding> of(FindingCode code) {
        return findings.stream().filter(finding -> finding.code() == code).toList();
    }
}
