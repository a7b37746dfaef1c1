package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.live.probe.Probe;
import rwkvms.live.probe.ProbeCheck;
import rwkvms.live.probe.ProgramProbe;
import rwkvms.pipe.PipeRuntime;
import rwkvms.report.Entry;
import rwkvms.report.Provenance;
import rwkvms.report.Verdict;

/** {@code gate runtime probe}: checks what a library or a program implements, and whether it is right. */
@Command(name = "probe", description = {
        "Runs every check on a library that exports rwkv_ms.h, in a process of its own.",
        "Checks its exports and struct layouts, every golden case, every damaged sidecar, and the contract of saved states.",
        "Of a program it checks every golden case and the contract of saved states."})
final class RuntimeProbe extends GateCommand {
    /** Seconds for all checks of a library, and of a program, which may be slow. */
    private static final int OF_LIBRARY = 120;
    private static final int OF_PROGRAM = 1200;

    @Parameters(paramLabel = "LIBRARY", arity = "0..1", description = "The shared library.")
    private @Nullable Path library;

    @Option(names = "--runtime-command", paramLabel = "COMMAND", description = "A program in the place of a library, such as 'python3 my_runtime.py'; it answers over a pipe (docs/spec/pipe.md).")
    private @Nullable String command;

    @Option(names = "--fixture", paramLabel = "FOLDER", description = "Your own cases instead of the golden ones: folders with fixture, sidecar.gguf and base.gguf.")
    private List<Path> fixtures = List.of();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Time for all checks together; default 120, for a program 1200.")
    private @Nullable Integer seconds;

    @Option(names = "--require", paramLabel = "all|FILE", description = Requirement.HELP
            + " A name is that of a check or of a golden case.")
    private @Nullable String require;

    @Mixin
    private DeviceOption device = new DeviceOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        require(seconds == null || seconds >= 1, "--timeout: expected at least 1 second, found " + seconds);
        require(library == null || command == null, "expected either LIBRARY or --runtime-command, found both");
        device.requireNone(command == null ? "the library" : "the program");
        if (command != null) {
            return probeProgram(command);
        }
        if (library == null) {
            throw new ParameterException(spec.commandLine(), "Missing required parameter: 'LIBRARY'");
        }
        return probeLibrary(library);
    }

    private Duration limit(int otherwise) {
        return Duration.ofSeconds(Objects.requireNonNullElse(seconds, otherwise));
    }

    private int probeLibrary(Path file) throws IOException, InterruptedException {
        RuntimeChoice.requireLibrary(InputFiles.readable(file));
        Path work = TemporaryFolder.create("gate-probe");
        try {
            Probe probe = new Probe(file, cases(), limit(OF_LIBRARY), work);
            List<ProbeCheck> checks = probe.checks();
            Requirement required = required(checks);
            List<Entry> results = probe.run();
            ProbeDetails details = new ProbeDetails(file, checks.size(), results, probe.diagnoses(), probe.obstacle(),
                    required.shortfalls(String.valueOf(file.getFileName()), covered(checks, results),
                            RuntimeProbe::means));
            return tell(details, GateVersion.provenance().withFile("library", file));
        } finally {
            TemporaryFolder.delete(work);
        }
    }

    private int probeProgram(String line) throws IOException {
        RuntimeChoice choice = RuntimeChoice.command(line);
        requireWords(choice);
        List<CaseFiles> cases = cases();
        ProgramProbe probe = new ProgramProbe(line, cases, OthersRuntime.limit(cases), limit(OF_PROGRAM));
        List<ProbeCheck> checks = probe.checks();
        Requirement required = required(checks);
        List<Entry> results = probe.run();
        ProbeDetails details = new ProbeDetails(Path.of(choice.label()), checks.size(), results, probe.diagnoses(),
                probe.obstacle(),
                required.shortfalls(choice.label(), covered(checks, results), RuntimeProbe::means));
        Provenance provenance = GateVersion.provenance();
        for (Map.Entry<String, String> each : probe.provenance().entrySet()) {
            provenance = provenance.with(each.getKey(), each.getValue());
        }
        for (Path file : PipeRuntime.files(line)) {
            provenance = provenance.withFile("program", file);
        }
        return tell(details, provenance);
    }

    private void requireWords(RuntimeChoice choice) {
        try {
            choice.label();
        } catch (IllegalArgumentException e) {
            require(false, choice.option() + ": " + e.getMessage());
        }
    }

    private Requirement required(List<ProbeCheck> checks) throws IOException {
        Requirement required = Requirement.of(require);
        required.requireKnown(checks.stream().map(ProbeCheck::label).toList(), RuntimeProbe::means,
                "a check of this probe or a golden case");
        return required;
    }

    private int tell(ProbeDetails details, Provenance provenance) {
        Verdict verdict = details.verdict(provenance, reproduce());
        return tell(verdict, details::print, details.complaints(verdict, common.json()));
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

    private List<Coverage> covered(List<ProbeCheck> checks, List<Entry> results) {
        Set<String> evaluated = results.stream()
                .filter(each -> each.notEvaluated().filter(reason -> !reason.equals(Calls.ENOUGH)).isEmpty())
                .map(Entry::name)
                .collect(Collectors.toSet());
        return checks.stream()
                .map(check -> new Coverage(check.label(), part(check.part()), 0, evaluated.contains(check.label())))
                .toList();
    }

    /**
     * Returns the part of a check. A library need not have a hook: its host may call it otherwise. A program need not save
     * states.
     */
    private String part(ProbeCheck.Part part) {
        return part == ProbeCheck.Part.HOOK || (part == ProbeCheck.Part.STATE && command != null)
                ? Coverage.OPTIONAL
                : part.label() + " checks";
    }

    private String reproduce() {
        Reproduce line = new Reproduce("runtime probe").with("--runtime-command", command);
        if (library != null) {
            line.argument(library);
        }
        fixtures.forEach(folder -> line.with("--fixture", folder));
        return line.with("--require", require).toString();
    }
}
