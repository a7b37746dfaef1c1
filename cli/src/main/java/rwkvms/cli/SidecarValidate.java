package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.sidecar.SidecarValidator;
import rwkvms.sidecar.ValidationReport;

/** {@code gate sidecar validate FILE}: every finding, with its code, place, byte offset, expected and found. */
@Command(name = "validate", description = "Reports every fault of a sidecar.")
final class SidecarValidate implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "FILE", description = "The sidecar.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path file;

    @Option(names = "--base", paramLabel = "FILE", description = "The base file that it names by SHA-256.")
    private @Nullable Path base;

    @Option(names = "--sarif", paramLabel = "FILE", description = "Leaves the findings there as SARIF 2.1.0, with byte offsets.")
    private @Nullable Path sarif;

    @Override
    public Integer call() throws IOException {
        InputFiles.readable(file);
        if (base != null) {
            InputFiles.readable(base);
        }
        ValidationReport report = SidecarValidator.validate(file, base,
                HashProgress.onTerminal(spec.commandLine().getErr()));
        ValidationVerdict verdict = new ValidationVerdict(file, report);
        ObjectNode json = verdict.json();
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            verdict.print(spec.commandLine().getOut());
        }
        if (sarif != null) {
            OutputFile.write(sarif, SarifLog.of(report) + "\n");
        }
        common.leave("gate sidecar validate", Map.of(file.toString(), verdict.errors()), json);
        verdict.unreadable().forEach(error -> spec.commandLine().getErr().println("gate: " + error));
        return verdict.exitCode();
    }
}
