package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.CheckDetails;
import rwkvms.report.Obstacle;
import rwkvms.report.Verdict;

/** {@code gate check}: fixtures × runtimes (gate.md). */
@Command(name = "check", description = {"Compares runtimes with golden fixtures, tensor by tensor.",
        "Without arguments: the committed golden cases on the Java reference and on the C++ runtime."})
final class CheckCommand extends GateCommand {
    @Option(names = "--fixture", paramLabel = "FILE", description = "A fixture (.json or .json.gz), or a folder with fixture, sidecar.gguf and base.gguf.")
    private @Nullable Path fixture;

    @Option(names = "--sidecar", paramLabel = "FILE", description = "Its sidecar. Without one only what needs no weights is compared.")
    private @Nullable Path sidecar;

    @Option(names = "--base", paramLabel = "FILE", description = "The base file that the sidecar names by SHA-256.")
    private @Nullable Path base;

    @Option(names = "--runtime", paramLabel = "RUNTIME", description = "reference, native (default with --fixture), or the path of a library that exports rwkv_ms.h.")
    private @Nullable String runtime;

    @Option(names = "--require", paramLabel = "all|FILE", description = Requirement.HELP)
    private @Nullable String require;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time of one case on a library, which runs in a process of its own; default 60, and one more for every 16 MiB of the case's files.")
    private @Nullable Integer seconds;

    @Option(names = "--rtol", paramLabel = "R", description = "Relative tolerance, default 1e-5.")
    private double rtol = Tolerance.DEFAULT.rtol();

    @Option(names = "--atol", paramLabel = "A", description = "Absolute tolerance, default 1e-5.")
    private double atol = Tolerance.DEFAULT.atol();

    private final List<String> errors = new ArrayList<>();

    @Override
    public Integer call() {
        Tolerance tolerance = tolerance();
        refuseLonelyOptions();
        CheckRun run = new CheckRun(tolerance, this::reproduce, this::failed, limit());
        try {
            judge(run);
        } catch (IOException e) {
            failed(e);
        }
        CheckDetails details = new CheckDetails(runtimes().stream().map(RuntimeChoice::label).toList(), tolerance,
                run.cases());
        Verdict verdict = details.verdict(Obstacle.inputs(errors), run.provenance(), reproduce());
        List<String> complaints = new ArrayList<>(verdict.complaints());
        complaints.addAll(run.remarks());
        return common.tell(spec.commandLine(), verdict, fixture != null,
                (told, out) -> new VerdictText(told, out).print(details), complaints);
    }

    private void judge(CheckRun run) throws IOException {
        List<CaseFiles> cases = cases();
        Requirement required = Requirement.of(require);
        required.requireKnown(cases.stream().map(CaseFiles::name).toList(), String::equals, "a case of this check");
        run.judge(cases, runtimes(), spec.commandLine().getErr());
        // Where no case was evaluated the verdict says why, case by case.
        if (require != null || run.cases().stream().anyMatch(each -> each.outcome() instanceof CheckResult)) {
            runtimes().stream().map(RuntimeChoice::label).forEach(
                    label -> errors.addAll(required.shortfalls(label, run.covered(label, cases), String::equals)));
        }
    }

    private Tolerance tolerance() {
        try {
            return new Tolerance(rtol, atol);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private Optional<Duration> limit() {
        if (seconds != null && seconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout: expected at least 1 second, found " + seconds);
        }
        return Optional.ofNullable(seconds).map(Duration::ofSeconds);
    }

    private void refuseLonelyOptions() {
        if (fixture == null && (sidecar != null || base != null)) {
            throw new ParameterException(spec.commandLine(), "--sidecar and --base go with --fixture");
        }
        if (base != null && sidecar == null && fixture != null && !Files.isDirectory(fixture)) {
            throw new ParameterException(spec.commandLine(), "--base goes with --sidecar, which names it by SHA-256");
        }
    }

    private void failed(Exception failure) {
        if (common.debug()) {
            failure.printStackTrace(spec.commandLine().getErr());
        }
        errors.add(Failures.message(failure));
    }

    private List<String> runtimes() {
        if (runtime != null) {
            return List.of(runtime);
        }
        return fixture == null ? List.of(ReferenceRuntime.NAME, NativeRuntime.NAME) : List.of(NativeRuntime.NAME);
    }

    private List<CaseFiles> cases() throws IOException {
        return fixture == null ? GoldenFolder.cases() : List.of(named(fixture));
    }

    /** The files that the options name; in a folder those that are not named are looked for. */
    private CaseFiles named(Path place) throws IOException {
        Optional<Path> namedSidecar = readable(sidecar);
        Optional<Path> namedBase = readable(base);
        if (!Files.isDirectory(place)) {
            String file = String.valueOf(InputFiles.readable(place).getFileName());
            return new CaseFiles(file.replaceFirst("\\.json(\\.gz)?$", ""), place, namedSidecar, namedBase);
        }
        CaseFiles found = CaseFiles.in(place.toAbsolutePath().normalize()).orElseThrow(() -> new IOException(
                place + ": expected fixture.json or fixture.json.gz in this folder, found neither"));
        Optional<Path> theSidecar = namedSidecar.or(found::sidecar).map(Reproduce::fromHere);
        return new CaseFiles(found.name(), Reproduce.fromHere(found.fixture()), theSidecar,
                namedBase.or(found::base).filter(any -> theSidecar.isPresent()).map(Reproduce::fromHere));
    }

    private static Optional<Path> readable(@Nullable Path file) throws IOException {
        return file == null ? Optional.empty() : Optional.of(InputFiles.readable(file));
    }

    /** Repeats the whole run. */
    private String reproduce() {
        Reproduce line = new Reproduce();
        if (fixture != null) {
            line.with("--fixture", fixture);
        }
        if (sidecar != null) {
            line.with("--sidecar", sidecar);
        }
        if (base != null) {
            line.with("--base", base);
        }
        if (fixture != null || runtime != null) {
            line.with("--runtime", runtimes().getFirst());
        }
        if (require != null) {
            line.with("--require", require);
        }
        return line.within(new Tolerance(rtol, atol)).toString();
    }

    /** Repeats one case on one runtime; of the committed cases by their folder. */
    private String reproduce(CaseFiles files, String asked) {
        Path folder = files.fixture().getParent();
        if (fixture != null || folder == null) {
            return reproduce();
        }
        return new Reproduce().with("--fixture", Reproduce.fromHere(folder)).with("--runtime", asked)
                .within(new Tolerance(rtol, atol)).toString();
    }

}
