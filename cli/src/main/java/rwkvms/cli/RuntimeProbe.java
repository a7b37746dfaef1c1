package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.live.probe.Probe;
import rwkvms.live.probe.ProbeCheck;
import rwkvms.report.Entry;
import rwkvms.report.Verdict;

/** {@code gate runtime probe LIBRARY}: checks what a library implements, and whether it is right. */
@Command(name = "probe", description = {
        "Runs every check on a library that exports rwkv_ms.h, in a process of its own.",
        "Checks its exports and struct layouts, every golden case, every damaged sidecar, and the contract of saved states."})
final class RuntimeProbe extends GateCommand {
    @Parameters(paramLabel = "LIBRARY", description = "The shared library.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path library;

    @Option(names = "--fixture", paramLabel = "FOLDER", description = "Your own cases instead of the golden ones: folders with fixture, sidecar.gguf and base.gguf.")
    private List<Path> fixtures = List.of();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time for all checks together, default 120.")
    private int seconds = 120;

    @Option(names = "--require", paramLabel = "all|FILE", description = Requirement.HELP
            + " A name is that of a check or of a golden case.")
    private @Nullable String require;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        require(seconds >= 1, "--timeout: expected at least 1 second, found " + seconds);
        device.requireNone("the library");
        RuntimeChoice.requireLibrary(InputFiles.readable(library));
        Path work = TemporaryFolder.create("gate-probe");
        try {
            Probe probe = new Probe(library, cases(), Duration.ofSeconds(seconds), work);
            Requirement required = Requirement.of(require);
            List<ProbeCheck> checks = probe.checks();
            required.requireKnown(checks.stream().map(ProbeCheck::label).toList(), RuntimeProbe::means,
                    "a check of this probe or a golden case");
            List<Entry> results = probe.run();
            ProbeDetails details = new ProbeDetails(library, checks.size(), results, probe.obstacle(),
                    required.shortfalls(String.valueOf(library.getFileName()), covered(checks, results),
                            RuntimeProbe::means));
            Verdict verdict = details.verdict(GateVersion.provenance().withFile("library", library), reproduce());
            return tell(verdict, details::print, details.complaints(verdict, common.json()));
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    private List<CaseFiles> cases() throws IOException {
        if (fixtures.isEmpty()) {
            List<CaseFiles> all = new ArrayList<>(GoldenFolder.cases());
            all.addAll(GoldenFolder.longCases());
            return all;
        }
        List<CaseFiles> cases = new ArrayList<>();
        for (Path folder : fixtures) {
            cases.add(GoldenFolder.named(folder));
        }
        return cases;
    }

    /** Whether a name stands for a check: it is the check's, or that of its golden case. */
    private static boolean means(String name, String check) {
        return check.equals(name) || check.equals("golden: " + name)
                || check.equals("golden: " + name + " without sidecar")
                || check.startsWith("golden: " + name + " in ");
    }

    private static List<Coverage> covered(List<ProbeCheck> checks, List<Entry> results) {
        Set<String> evaluated = results.stream()
                .filter(each -> each.notEvaluated().filter(reason -> !reason.equals(Calls.ENOUGH)).isEmpty())
                .map(Entry::name)
                .collect(Collectors.toSet());
        return checks.stream()
                .map(check -> new Coverage(check.label(), part(check.part()), 0, evaluated.contains(check.label())))
                .toList();
    }

    /** Returns the part of a check. A library need not have a hook: its host may call it otherwise. */
    private static String part(ProbeCheck.Part part) {
        return part == ProbeCheck.Part.HOOK ? Coverage.OPTIONAL : part.label() + " checks";
    }

    private String reproduce() {
        Reproduce line = new Reproduce("runtime probe").argument(library);
        fixtures.forEach(folder -> line.with("--fixture", folder));
        return line.with("--require", require).toString();
    }
}
