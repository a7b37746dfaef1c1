package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import rwkvms.comparison.Tolerance;
import rwkvms.ggml.Device;
import rwkvms.ggml.Devices;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.CheckDetails;
import rwkvms.report.Obstacle;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;
import rwkvms.report.drift.Baseline;
import rwkvms.report.drift.BaselineFile;
import rwkvms.report.drift.Comparison;
import rwkvms.report.drift.ComparisonReport;

/** {@code gate check}: fixtures × runtimes (gate.md). */
@Command(name = "check", description = {"Compares runtimes with golden fixtures, tensor by tensor.",
        "Without arguments: the committed golden cases on the Java reference and on the C++ runtime, and one long case.",
        "A fixture of 64 tokens or more is run whole, in chunks of 1 to 512 tokens, and in steps of 1, 8 and 64."})
final class CheckCommand extends GateCommand {
    @Option(names = "--fixture", paramLabel = "FILE", description = "A fixture (.json or .json.gz), or a folder with fixture, sidecar.gguf and base.gguf.")
    private @Nullable Path fixture;

    @Option(names = "--sidecar", paramLabel = "FILE", description = "The fixture's sidecar. Without one, only tensors that need no weights are compared.")
    private @Nullable Path sidecar;

    @Option(names = "--base", paramLabel = "FILE", description = "The base file that the sidecar names by SHA-256.")
    private @Nullable Path base;

    @Option(names = "--runtime", paramLabel = "RUNTIME", description = "reference, native (default with --fixture), or the path of a library that exports rwkv_ms.h.")
    private @Nullable String runtime;

    @Option(names = "--runtime-command", paramLabel = "COMMAND", description = "A program that is the runtime, such as 'python3 my_runtime.py'; it answers over a pipe (docs/spec/pipe.md).")
    private @Nullable String command;

    @Option(names = "--require", paramLabel = "all|FILE", description = Requirement.HELP)
    private @Nullable String require;

    @Option(names = "--device", paramLabel = "NAME", description = {
            "A device of 'gate devices' that computes the memory. Default: CPU, the processor.",
            "Any other one computes all but the scan as with --float32."})
    private @Nullable String device;

    @Option(names = "--float32", description = "Compute all but the scan as graphs of ggml's in float32, in microbatches of 1, 2, 7, 8, 9, 16 and 64 tokens.")
    private boolean float32;

    @Option(names = "--precise", description = "With --float32 or a device: in the ways that round least there, however slow: products of at most 2 tokens, tanh by its series near 0.")
    private boolean precise;

    @Option(names = "--long", description = "All long golden cases too, in every chunk and step.")
    private boolean withLong;

    @Option(names = "--chunk", paramLabel = "TOKENS", description = "Run the fixture in chunks of so many tokens, and in no other way; with --float32 in microbatches.")
    private @Nullable Integer chunk;

    @Option(names = "--step", paramLabel = "TOKENS", description = "Run the fixture in steps of so many tokens, each from the true state, and in no other way.")
    private @Nullable Integer step;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of the C++ runtime or another library, 1 to 512. Default: ${DEFAULT-VALUE}")
    private int threads = 1;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time for one case on a library, or for one answer of a program, which run in processes of their own; default 60, plus one per 16 MiB of the case's files.")
    private @Nullable Integer seconds;

    @Option(names = "--baseline", paramLabel = "FILE", description = "Compares the run with an earlier one: a baseline, or a verdict.json. To judge less than that run fails.")
    private @Nullable Path baseline;

    @Option(names = "--fail-on-drift", description = CompareCommand.DRIFT_HELP)
    private boolean failOnDrift;

    @Option(names = "--write-baseline", paramLabel = "FILE", description = "Writes what was measured to a file for --baseline, if the run passed.")
    private @Nullable Path newBaseline;

    @Mixin
    private ToleranceOptions tolerances = new ToleranceOptions();

    /** What could not be judged. */
    private final List<String> errors = new ArrayList<>();
    /** Why too little was. */
    private final List<String> shortfalls = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        Tolerance tolerance = tolerances.of(spec);
        require(seconds == null || seconds >= 1, "--timeout: expected at least 1 second, found " + seconds);
        require(chunk == null || chunk >= 1, "--chunk: expected at least 1 token, found " + chunk);
        require(step == null || step >= 1, "--step: expected at least 1 token, found " + step);
        require(fixture != null || (chunk == null && step == null), "--chunk and --step go with --fixture");
        require(fixture == null || !withLong, "--long goes without --fixture");
        require(chunk == null || step == null, "expected one of --chunk and --step, found both");
        require(runtime == null || command == null, "expected one of --runtime and --runtime-command, found both");
        requireWords();
        require(!precise || inFloat32(), "--precise goes with --float32 or a --device but CPU");
        require(step == null || !inFloat32(), "--step goes without --float32 and any --device but CPU");
        require(command == null || !inFloat32(), "--runtime-command goes without --float32 and any --device but CPU");
        require(!ReferenceRuntime.NAME.equals(runtime) || !inFloat32(),
                "--runtime reference computes on no device, and not in float32");
        requireThreads();
        require(fixture != null || (sidecar == null && base == null), "--sidecar and --base go with --fixture");
        require(base == null || sidecar != null || fixture == null || Files.isDirectory(fixture),
                "--base goes with --sidecar, which names it by SHA-256");
        require(baseline != null || !failOnDrift, "--fail-on-drift goes with --baseline");
        Optional<Baseline> earlier = baseline == null ? Optional.empty() : Optional.of(BaselineFile.read(baseline));
        CheckRun run = new CheckRun(tolerance, this::reproduce, this::failed,
                Optional.ofNullable(seconds).map(Duration::ofSeconds), threads);
        try {
            if (inFloat32()) {
                run.on(found(), precise);
            }
            judge(run);
        } catch (IncompatibleLibraryException missing) {
            errors.add("--device " + deviceName() + ": not evaluated: " + missing.getMessage());
        } catch (IOException e) {
            failed(e);
        }
        CheckDetails measured = new CheckDetails(runtimes().stream().map(run::label).toList(), tolerance,
                run.cases(), run.diagnoses(), List.of());
        Provenance provenance = provenance(run);
        Baseline current = Baseline.of(measured, provenance);
        CheckDetails details = earlier.map(then -> measured.with(
                new ComparisonReport(Comparison.of(then, current), String.valueOf(baseline), failOnDrift,
                        errors.isEmpty())))
                .orElse(measured);
        Verdict verdict = kept(current, details.verdict(
                Obstacle.inputs(Stream.concat(errors.stream(), shortfalls.stream()).toList()),
                baseline == null ? provenance : provenance.withFile(Baseline.ROLE, baseline), reproduce()));
        List<String> complaints = new ArrayList<>(verdict.complaints());
        complaints.addAll(run.remarks());
        return common.tell(spec.commandLine(), verdict, fixture != null,
                (told, out) -> new VerdictText(told, out).print(details), complaints);
    }

    /** Writes the baseline, if one is asked for and the run passed. */
    private Verdict kept(Baseline current, Verdict verdict) {
        if (newBaseline == null) {
            return verdict;
        }
        try {
            if (!verdict.ok()) {
                throw new IOException("--write-baseline " + newBaseline + ": not written: expected a run that passed,"
                        + " found one that did not");
            }
            OutputFile.replace(newBaseline, BaselineFile.text(current));
            return verdict;
        } catch (IOException e) {
            return verdict.withError(new Obstacle("baseline", Failures.message(e)));
        }
    }

    private void requireWords() {
        try {
            runtimes().forEach(RuntimeChoice::label);
        } catch (IllegalArgumentException e) {
            require(false, RuntimeChoice.command("").option() + ": " + e.getMessage());
        }
    }

    private void requireThreads() {
        require(threads >= 1 && threads <= NativeRuntime.MAX_THREADS,
                "--threads: expected 1 to " + NativeRuntime.MAX_THREADS + ", found " + threads);
        require(threads == 1 || command == null,
                "--threads goes without --runtime-command: a program is told no threads");
        require(threads == 1 || !ReferenceRuntime.NAME.equals(runtime), "--runtime reference computes on one thread");
    }

    /** Whether the stages around the scan are graphs of ggml's: on the processor only if that is asked for. */
    private boolean inFloat32() {
        return float32 || !deviceName().equals(Device.PROCESSOR);
    }

    private String deviceName() {
        return Objects.requireNonNullElse(device, Device.PROCESSOR);
    }

    private Device found() throws IOException {
        if (deviceName().equals(Device.PROCESSOR)) {
            return Device.OF_THE_PROCESSOR;
        }
        Path work = TemporaryFolder.create("gate-device");
        try {
            return Devices.named(NativeFiles.folder(), deviceName(), work);
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    /** Adds where this suite's own runtimes computed; another library does not say where it does. */
    private Provenance provenance(CheckRun run) {
        boolean own = runtimes().stream().allMatch(RuntimeChoice::isOwn);
        return own && !inFloat32() ? run.provenance().with("device", Device.PROCESSOR) : run.provenance();
    }

    private void judge(CheckRun run) throws IOException {
        List<Calls.OfCase> cases = runs();
        Requirement required = Requirement.of(require);
        required.requireKnown(cases.stream().map(Calls.OfCase::name).toList(), CheckCommand::means,
                "a case of this check");
        run.judge(cases, runtimes(), spec.commandLine().getErr());
        // If no case was evaluated, the verdict says why, case by case.
        if (require != null || run.cases().stream().anyMatch(each -> each.result() instanceof CheckResult)) {
            runtimes().stream().map(run::label).forEach(
                    label -> shortfalls
                            .addAll(required.shortfalls(label, run.covered(label, cases), CheckCommand::means)));
        }
    }

    /** Whether a name stands for a run: it is the run's, or that of its case. */
    private static boolean means(String name, String run) {
        return run.equals(name) || run.startsWith(name + " in ");
    }

    private void failed(Exception failure) {
        if (common.debug()) {
            failure.printStackTrace(spec.commandLine().getErr());
        }
        errors.add(Failures.message(failure));
    }

    private List<RuntimeChoice> runtimes() {
        if (command != null) {
            return List.of(RuntimeChoice.command(command));
        }
        List<String> names = runtime != null
                ? List.of(runtime)
                : fixture == null && !inFloat32()
                        ? List.of(ReferenceRuntime.NAME, NativeRuntime.NAME)
                        : List.of(NativeRuntime.NAME);
        return names.stream().map(RuntimeChoice::named).toList();
    }

    private List<Calls.OfCase> runs() throws IOException {
        return inFloat32() ? inMicrobatches(usualRuns()) : usualRuns();
    }

    private List<Calls.OfCase> usualRuns() throws IOException {
        if (fixture != null) {
            CaseFiles files = named(fixture);
            Optional<Calls> one = Optional.ofNullable(chunk).map(Calls::chunks)
                    .or(() -> Optional.ofNullable(step).map(Calls::steps));
            return one.isPresent() ? List.of(new Calls.OfCase(files, one.get())) : Calls.all(List.of(files));
        }
        List<Calls.OfCase> runs = new ArrayList<>(GoldenFolder.cases().stream().map(Calls.OfCase::whole).toList());
        List<CaseFiles> longCases = GoldenFolder.longCases();
        runs.addAll(withLong ? Calls.all(longCases) : GoldenFolder.sample(longCases));
        return runs;
    }

    /** Returns the cases of those runs in every size of microbatch, or in the one that was asked for. */
    private List<Calls.OfCase> inMicrobatches(List<Calls.OfCase> usual) {
        List<Integer> sizes = chunk == null ? Calls.MICROBATCHES : List.of(chunk);
        return usual.stream().map(Calls.OfCase::files).distinct().flatMap(
                files -> sizes.stream().map(size -> new Calls.OfCase(files, Calls.microbatches(size)))).toList();
    }

    /** Returns the files that the options name, and those that are found in a folder. */
    private CaseFiles named(Path place) throws IOException {
        Optional<Path> namedSidecar = InputFiles.optional(sidecar);
        Optional<Path> namedBase = InputFiles.optional(base);
        if (!Files.isDirectory(place)) {
            String file = String.valueOf(InputFiles.readable(place).getFileName());
            return new CaseFiles(file.replaceFirst("\\.json(\\.gz)?$", ""), place, namedSidecar, namedBase);
        }
        CaseFiles found = GoldenFolder.named(place);
        Optional<Path> theSidecar = namedSidecar.or(found::sidecar).map(Reproduce::fromHere);
        return new CaseFiles(found.name(), Reproduce.fromHere(found.fixture()), theSidecar,
                namedBase.or(found::base).filter(any -> theSidecar.isPresent()).map(Reproduce::fromHere));
    }

    private @Nullable String asked() {
        return command != null ? command : runtime;
    }

    /** Returns what the library was told, unless it is what it is told anyway. */
    private @Nullable Integer toldThreads() {
        return threads == 1 ? null : threads;
    }

    /** Returns the line that repeats the whole run. */
    private String reproduce() {
        return new Reproduce().with("--fixture", fixture).with("--sidecar", sidecar).with("--base", base)
                .with("--chunk", chunk).with("--step", step)
                .with(runtimes().getFirst().option(), fixture == null ? asked() : runtimes().getFirst().asked())
                .with("--require", require)
                .with("--device", device).flag("--float32", float32).flag("--precise", precise).flag("--long", withLong)
                .with("--threads", toldThreads())
                .with("--baseline", baseline).flag("--fail-on-drift", failOnDrift)
                .within(tolerances.of(spec)).toString();
    }

    /** Returns the line that repeats one case on one runtime. */
    private String reproduce(Calls.OfCase run, RuntimeChoice asked) {
        Path folder = run.files().fixture().getParent();
        Reproduce line = fixture != null || folder == null
                ? new Reproduce().with("--fixture", fixture).with("--sidecar", sidecar).with("--base", base)
                : new Reproduce().with("--fixture", folder);
        return line.calls(run.calls()).with(asked.option(), asked.asked()).with("--device", device)
                .flag("--float32", float32).flag("--precise", precise)
                .with("--threads", asked.asked().equals(ReferenceRuntime.NAME) ? null : toldThreads())
                .with("--require", fixture == null ? null : require).within(tolerances.of(spec)).toString();
    }
}
