package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.SarifLog;
import rwkvms.report.Verdict;
import rwkvms.sidecar.validation.SidecarValidator;
import rwkvms.sidecar.validation.ValidationReport;

/** {@code gate sidecar validate FILE}: lists every finding with code, place, byte offset, expected and found. */
@Command(name = "validate", description = "Reports every fault of a sidecar.")
final class SidecarValidate extends GateCommand {
    @Parameters(paramLabel = "FILE", description = "The sidecar.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Option(names = "--base", paramLabel = "FILE", description = "The base file that the sidecar names by SHA-256.")
    private @Nullable Path base;

    @Option(names = "--sarif", paramLabel = "FILE", description = "Writes the findings there as SARIF 2.1.0, with byte offsets.")
    private @Nullable Path sarif;

    @Override
    public Integer call() throws IOException {
        InputFiles.readable(file);
        InputFiles.optional(base);
        ValidationReport report = SidecarValidator.validate(file, base,
                HashProgress.onTerminal(spec.commandLine().getErr()));
        ValidationDetails details = new ValidationDetails(file, report);
        Verdict verdict = details.verdict(provenance(), reproduce());
        if (sarif != null) {
            OutputFile.write(sarif, SarifLog.of(verdict) + "\n");
        }
        return tell(verdict, details::print,
                verdict.errors().stream().map(Obstacle::message).toList());
    }

    /** Returns the provenance without the base, whose hash is in the verdict. */
    private Provenance provenance() throws IOException {
        return GateVersion.provenance().withFile("sidecar", file);
    }

    private String reproduce() {
        return new Reproduce("sidecar validate").argument(file).with("--base", base).toString();
    }
}
