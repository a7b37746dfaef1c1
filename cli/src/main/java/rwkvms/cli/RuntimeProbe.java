package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import rwkvms.golden.CaseFiles;
import rwkvms.probe.Probe;
import rwkvms.probe.ProbeResult;
import rwkvms.report.Provenance;

/** {@code gate runtime probe LIBRARY}: what a library implements, and whether it is right. */
@Command(name = "probe", description = {
        "Puts a library that exports rwkv_ms.h to every check, in a process of its own.",
        "Its exports and struct layouts, every golden case, every damaged sidecar, and the contract of saved states."})
final class RuntimeProbe implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "LIBRARY", description = "The shared library.")
    @SuppressWarnings("NullAway.Init") // a required parameter
    private Path library;

    @Option(names = "--fixture", paramLabel = "FOLDER", description = "Cases of yours instead of the golden ones: folders with fixture, sidecar.gguf and base.gguf.")
    private List<Path> fixtures = List.of();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time of all checks together, default 120.")
    private int seconds = 120;

    @Option(names = "--require", paramLabel = "all|FILE", description = Required.HELP
            + " A name is that of a check, or of a golden case.")
    private @Nullable String require;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (seconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout: expected at least 1 second, found " + seconds);
        }
        RuntimeChoice.requireLibrary(InputFiles.readable(library));
        Path work = Files.createTempDirectory("gate-probe");
        try {
            Probe probe = new Probe(library, cases(), Duration.ofSeconds(seconds), work);
            Required required = Required.of(require);
            required.requireKnown(probe.checks(), RuntimeProbe::means, "a check of this probe or a golden case");
            return tell(verdict(probe, probe.run(), required));
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    private List<CaseFiles> cases() throws IOException {
        if (fixtures.isEmpty()) {
            return GoldenFolder.cases();
        }
        List<CaseFiles> cases = new ArrayList<>();
        for (Path folder : fixtures) {
            cases.add(GoldenFolder.named(folder));
        }
        return cases;
    }

    private int tell(ProbeVerdict verdict) throws IOException {
        ObjectNode json = verdict.json();
        PrintWriter out = spec.commandLine().getOut();
        if (common.json()) {
            out.println(json);
        } else {
            verdict.print(out);
        }
        common.leave("gate runtime probe", verdict.problems(), verdict.reasons(), json);
        out.flush();
        (common.json() ? verdict.errors() : verdict.complaints())
                .forEach(error -> spec.commandLine().getErr().println("gate: " + error));
        return verdict.exitCode();
    }

    /** Whether a name of a list stands for a check: its own, or that of a golden case, with its sidecar and without. */
    private static boolean means(String name, String check) {
        return check.equals(name) || check.equals("golden: " + name)
                || check.equals("golden: " + name + " without sidecar");
    }

    private static List<Covered> covered(List<String> checks, List<ProbeResult> results) {
        Set<String> evaluated = results.stream().filter(each -> each.notEvaluated().isEmpty()).map(ProbeResult::name)
                .collect(Collectors.toSet());
        return checks.stream()
                .map(check -> new Covered(check, check.replaceFirst(":.*", " checks"), 0, evaluated.contains(check)))
                .toList();
    }

    private ProbeVerdict verdict(Probe probe, List<ProbeResult> results, Required required) throws IOException {
        Reproduce line = new Reproduce("runtime probe").argument(Reproduce.fromHere(library));
        fixtures.forEach(folder -> line.with("--fixture", Reproduce.fromHere(folder)));
        if (require != null) {
            line.with("--require", require);
        }
        List<String> shortfalls = required.shortfalls(String.valueOf(library.getFileName()),
                covered(probe.checks(), results), RuntimeProbe::means);
        return new ProbeVerdict(library, probe.checks().size(), results, probe.obstacle(), shortfalls,
                Provenance.ofThisMachine().with("gate", GateVersion.text()).withFile("library", library),
                line.toString());
    }
}
