package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;
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

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time of all checks together, default 120; after a stall another child begins.")
    private int seconds = 120;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (seconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout: expected at least 1 second, found " + seconds);
        }
        RuntimeChoice.requireLibrary(InputFiles.readable(library));
        Path work = Files.createTempDirectory("gate-probe");
        try {
            Probe probe = new Probe(library, cases(), Duration.ofSeconds(seconds), work);
            List<ProbeResult> results = probe.run();
            return tell(verdict(results, probe.checks()));
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
        verdict.errors().forEach(error -> spec.commandLine().getErr().println("gate: " + error));
        return verdict.exitCode();
    }

    private ProbeVerdict verdict(List<ProbeResult> results, int checks) throws IOException {
        Reproduce line = new Reproduce("runtime probe").argument(Reproduce.fromHere(library));
        fixtures.forEach(folder -> line.with("--fixture", Reproduce.fromHere(folder)));
        return new ProbeVerdict(library, checks, results,
                Provenance.ofThisMachine().with("gate", GateVersion.text()).withFile("library", library),
                line.toString());
    }
}
