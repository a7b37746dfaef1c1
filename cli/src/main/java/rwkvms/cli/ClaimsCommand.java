package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import rwkvms.claims.Claim;
import rwkvms.claims.Claims;
import rwkvms.claims.PublishedFiles;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Trials;
import rwkvms.report.PageReport;

/** {@code gate claims}: every published claim, recomputed where it can be. */
@Command(name = "claims", description = {"Recomputes the published claims: tables, parameter counts, sizes.",
        "A claim that differs fails; one that is imprecise has its exact statement below it."})
final class ClaimsCommand implements Callable<Integer> {
    private static final Path BESIDE_ROOT = Path.of("..", "shared", "upstream");

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--published", paramLabel = "DIR", description = "Folder of the published files that some claims need, default ../shared/upstream beside this checkout.")
    private @Nullable Path published;

    @Override
    public Integer call() throws IOException {
        List<Measurement> measured = Trials.published();
        List<Claim> claims = Claims.all(measured, PublishedFiles.in(folder()));
        ClaimsVerdict verdict = new ClaimsVerdict(claims);
        ObjectNode json = verdict.json();
        if (common.json()) {
            spec.commandLine().getOut().println(json);
        } else {
            verdict.print(spec.commandLine().getOut());
        }
        Path report = common.report();
        if (report != null) {
            PageReport.write(report, "gate claims", verdict.pages(measured), verdict.markdown(), json.toString());
        }
        verdict.complaints().forEach(complaint -> spec.commandLine().getErr().println("gate: " + complaint));
        return verdict.exitCode();
    }

    private Path folder() throws IOException {
        if (published == null) {
            return Path.of(System.getProperty(GoldenFolder.ROOT_PROPERTY, ".")).resolve(BESIDE_ROOT);
        }
        return InputFiles.folder(published);
    }
}
