package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import rwkvms.claims.Claim;
import rwkvms.claims.Claims;
import rwkvms.claims.PublishedFiles;
import rwkvms.mechanisms.Measurement;
import rwkvms.mechanisms.Trials;
import rwkvms.report.Verdict;

/** {@code gate claims}: recomputes every published claim that can be. */
@Command(name = "claims", description = {"Recomputes the published claims: tables, parameter counts, sizes.",
        "A claim that differs fails; one that is imprecise has its exact statement below it."})
final class ClaimsCommand extends GateCommand {
    private static final Path BESIDE_ROOT = Path.of("..", "shared", "upstream");

    @Option(names = "--published", paramLabel = "DIR", description = "Folder of the published files that some claims need, default ../shared/upstream beside this checkout.")
    private @Nullable Path published;

    @Override
    public Integer call() throws IOException {
        List<Measurement> measured = Trials.published();
        List<Claim> claims = Claims.all(measured, PublishedFiles.in(folder()));
        ClaimsDetails details = new ClaimsDetails(claims);
        Verdict verdict = details.verdict(measured);
        return tell(verdict, (told, out) -> details.print(out), verdict.problems());
    }

    private Path folder() throws IOException {
        if (published == null) {
            return Path.of(System.getProperty(GoldenFolder.ROOT_PROPERTY, ".")).resolve(BESIDE_ROOT);
        }
        return InputFiles.folder(published);
    }
}
