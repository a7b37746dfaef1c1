package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.report.Entry;
import rwkvms.report.Verdict;
import rwkvms.report.drift.BaselineFile;
import rwkvms.report.drift.Comparison;
import rwkvms.report.drift.ComparisonReport;

/** {@code gate compare OLD NEW}: what has changed between two runs of {@code gate check} (docs/drift.md). */
@Command(name = "compare", description = {
        "Compares a run of 'gate check' with an earlier one: coverage, errors, hashes.",
        "It fails if the later run judges less than the earlier one, or if a case that passed fails."})
final class CompareCommand extends GateCommand {
    static final String DRIFT_HELP = "Fails if an error has drifted: grown by more than 4 times, and beyond 8 units in the last"
            + " place of its tensor's scale.";

    @Parameters(index = "0", paramLabel = "OLD", description = "The verdict.json of the earlier run, or a baseline.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path earlier;

    @Parameters(index = "1", paramLabel = "NEW", description = "That of the later run.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path later;

    @Option(names = "--fail-on-drift", description = DRIFT_HELP)
    private boolean failOnDrift;

    @Override
    public Integer call() throws IOException {
        ComparisonReport report = new ComparisonReport(
                Comparison.of(BaselineFile.read(earlier), BaselineFile.read(later)), earlier.toString(), failOnDrift,
                true);
        List<Entry> entries = new ArrayList<>(report.entries());
        entries.addAll(report.failures());
        Verdict judged = new Verdict(spec.qualifiedName(), entries, report.obstacles(),
                GateVersion.provenance().withFile("old", earlier).withFile("new", later),
                new Reproduce("compare").argument(earlier).argument(later).flag("--fail-on-drift", failOnDrift)
                        .toString(),
                report);
        return tell(judged, (verdict, out) -> {
            report.textByTensor().forEach(out::println);
            out.println(Terminal.word(verdict) + ": " + report.headline());
        }, judged.complaints());
    }
}
