package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.live.fork.ForkCase;
import rwkvms.live.fork.ForkCases;
import rwkvms.live.fork.ForkResult;
import rwkvms.live.fork.ForkRun;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/** {@code gate fork --bin DIR}: judges a fork's fixture executable by its answers. */
@Command(name = "fork", description = {"Judges a fork's test-rwkv-ms-fixture by its answers.",
        "Runs it over the golden fixtures, with their sidecars and without, over fixtures with a value moved and over"
                + " malformed sidecars, and compares each answer with our own judgement of the same files."})
final class ForkCommand extends GateCommand {
    static final String EXECUTABLE = "test-rwkv-ms-fixture";

    @Option(names = "--bin", required = true, paramLabel = "DIR", description = "The folder with the executable "
            + EXECUTABLE + ".")
    @SuppressWarnings("NullAway.Init") // a required option
    private Path bin;

    @Option(names = "--fixture", paramLabel = "FOLDER", description = "Your own case instead of the golden ones: a folder with fixture and sidecar.gguf.")
    private @Nullable Path fixture;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time for one call, default 30.")
    private int seconds = 30;

    @Mixin
    private ToleranceOptions tolerances = new ToleranceOptions();

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException, FixtureException, BindingException, InterruptedException {
        Tolerance tolerance = tolerances.of(spec);
        require(seconds >= 1, "--timeout: expected at least 1 second, found " + seconds);
        device.requireNone("the executable");
        Path executable = executable();
        List<CaseFiles> golden = golden();
        Path work = TemporaryFolder.create("gate-fork");
        try {
            List<Path> libraries = new ArrayList<>();
            List<ForkCase> cases = cases(golden, tolerance, work, libraries);
            ForkRun run = new ForkRun(executable, tolerance, Duration.ofSeconds(seconds));
            Progress progress = Progress.onTerminal(spec.commandLine().getErr(), cases.size());
            List<ForkResult> results = run.judge(cases, work, progress::next);
            progress.end();
            ForkDetails details = new ForkDetails(executable, cases.size(), results);
            Verdict verdict = details.verdict(provenance(executable, golden, libraries), reproduce(tolerance));
            return tell(verdict, details::print, verdict.complaints());
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    private Path executable() throws IOException {
        Path executable = InputFiles.folder(bin).resolve(EXECUTABLE);
        InputFiles.readable(executable);
        if (!Files.isExecutable(executable)) {
            throw new IOException(executable + ": expected an executable file, found one that is not; chmod +x it");
        }
        return executable;
    }

    private List<CaseFiles> golden() throws IOException {
        return fixture == null ? GoldenFolder.cases() : List.of(GoldenFolder.named(fixture));
    }

    /** Returns the cases, and adds the libraries that their expected answers come from. */
    private static List<ForkCase> cases(List<CaseFiles> golden, Tolerance tolerance, Path work, List<Path> libraries)
            throws IOException, FixtureException, BindingException {
        try (NativeRuntime ours = NativeRuntime.open()) {
            libraries.addAll(LibraryFiles.of(ours));
            return new ForkCases(ours, tolerance, work).of(golden);
        }
    }

    private static Provenance provenance(Path executable, List<CaseFiles> golden, List<Path> libraries)
            throws IOException {
        Provenance provenance = GateVersion.provenance().withFile("executable", executable);
        for (Path library : LibraryFiles.beside(executable)) {
            provenance = provenance.withFile("executable's library", library);
        }
        for (Path library : libraries) {
            provenance = provenance.withFile("library", library);
        }
        for (CaseFiles files : golden) {
            provenance = CheckRun.withFiles(provenance, files);
        }
        return provenance;
    }

    private String reproduce(Tolerance tolerance) {
        return new Reproduce("fork").with("--bin", bin).with("--fixture", fixture).within(tolerance).toString();
    }
}
