package rwkvms.sidecar.validation;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import rwkvms.file.FileHash;
import rwkvms.gguf.Profile;
import rwkvms.gguf.Ruling;
import rwkvms.sidecar.validation.FindingCode.Severity;

/**
 * All findings about one sidecar, in the order of the checks.
 *
 * @param omitted findings left out because their code had very many already
 * @param base the hash of the base file, if one was given and read
 */
public record ValidationReport(Path path, List<Finding> findings, int omitted, Optional<FileHash> base) {
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

    /** How a container profile rules on the file: the most severe of its rulings on the findings. */
    public Ruling ruling(Profile profile) {
        return findings.stream().map(finding -> finding.rulings().of(profile)).max(Comparator.naturalOrder())
                .orElse(Ruling.TAKES);
    }

    public List<Finding> of(FindingCode code) {
        return findings.stream().filter(finding -> finding.code() == code).toList();
    }
}
