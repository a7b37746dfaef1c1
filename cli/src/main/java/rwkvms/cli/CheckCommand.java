package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.MemoryRuntime;
import rwkvms.golden.Outcome;
import rwkvms.golden.RuntimeFailure;
import rwkvms.nativeruntime.IncompatibleLibraryException;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.report.Provenance;
import rwkvms.report.ReportFolder;
import rwkvms.report.Verdict;
import rwkvms.report.VerdictJson;

/** {@code gate check}: fixtures × runtimes (gate.md). */
@Command(name = "check", description = {"Compares runtimes with golden fixtures, tensor by tensor.",
        "Without arguments: the committed golden cases on the Java reference and on the C++ runtime."})
final class CheckCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call()
    private CommandSpec spec;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = "--fixture", paramLabel = "FILE", description = "A fixture (.json or .json.gz), or a folder with fixture, sidecar.gguf and base.gguf.")
    private @Nullable Path fixture;

    @Option(names = "--sidecar", paramLabel = "FILE", description = "Its sidecar. Without one only what needs no weights is compared.")
    private @Nullable Path sidecar;

    @Option(names = "--base", paramLabel = "FILE", description = "The base file that the sidecar names by SHA-256.")
    private @Nullable Path base;

    @Option(names = "--runtime", paramLabel = "RUNTIME", description = "reference, native (default with --fixture), or the path of a library that exports rwkv_ms.h.")
    private @Nullable String runtime;

    @Option(names = "--rtol", paramLabel = "R", description = "Relative tolerance, default 1e-5.")
    private double rtol = Tolerance.DEFAULT.rtol();

    @Option(names = "--atol", paramLabel = "A", description = "Absolute tolerance, default 1e-5.")
    private double atol = Tolerance.DEFAULT.atol();

    @Option(names = "--report", paramLabel = "DIR", description = "Leaves Allure results, a Markdown summary and the JSON verdict there.")
    private @Nullable Path report;

    @Override
    public Integer call() throws IOException {
        Tolerance tolerance = tolerance();
        if (fixture == null && (sidecar != null || base != null)) {
            throw new ParameterException(spec.commandLine(), "--sidecar and --base go with --fixture");
        }
        Run run = new Run(tolerance);
        try {
            run.all(fixture == null ? GoldenFolder.cases() : List.of(named(fixture)), runtimes());
        } catch (FixtureException | BindingException | IOException | IncompatibleLibraryException e) {
            run.errors.add(Failures.message(e));
        }
        Verdict verdict = run.verdict();
        tell(verdict);
        if (report != null) {
            ReportFolder.write(verdict, report);
        }
        return verdict.exitCode();
    }

    private Tolerance tolerance() {
        try {
            return new Tolerance(rtol, atol);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
        }
    }

    private List<String> runtimes() {
        if (runtime != null) {
            return List.of(runtime);
        }
        return fixture == null ? List.of(ReferenceRuntime.NAME, NativeRuntime.NAME) : List.of(NativeRuntime.NAME);
    }

    /** The files that the options name; in a folder those that are not named are looked for. */
    private CaseFiles named(Path place) throws IOException {
        if (!Files.isDirectory(place)) {
            String file = String.valueOf(place.getFileName());
            return new CaseFiles(file.replaceFirst("\\.json(\\.gz)?$", ""), place, Optional.ofNullable(sidecar),
                    Optional.ofNullable(base));
        }
        CaseFiles found = CaseFiles.in(place.toAbsolutePath().normalize()).orElseThrow(() -> new IOException(
                place + ": expected fixture.json or fixture.json.gz in this folder, found neither"));
        return new CaseFiles(found.name(), found.fixture(), Optional.ofNullable(sidecar).or(found::sidecar),
                Optional.ofNullable(base).or(found::base));
    }

    private void tell(Verdict verdict) {
        for (String error : verdict.errors()) {
            spec.commandLine().getErr().println("gate: " + error);
        }
        if (common.json()) {
            spec.commandLine().getOut().println(VerdictJson.of(verdict, fixture != null));
        } else {
            new VerdictText(verdict, spec.commandLine().getOut()).print();
        }
    }

    /** What is gathered while cases are judged; what was judged before an error is kept. */
    private final class Run {
        private final Tolerance tolerance;
        private final List<Outcome> outcomes = new ArrayList<>();
        private final List<String> errors = new ArrayList<>();
        private Provenance provenance = Provenance.ofThisMachine().with("gate", GateVersion.text());
        private String reproduce = "./gate check";

        Run(Tolerance tolerance) {
            this.tolerance = tolerance;
        }

        void all(List<CaseFiles> cases, List<String> names)
                throws FixtureException, BindingException, IOException {
            if (fixture != null) {
                reproduce = Reproduce.line(cases.getFirst(), names.getFirst(), tolerance);
            }
            List<MemoryRuntime> opened = new ArrayList<>();
            try {
                for (String name : names) {
                    opened.add(open(name));
                }
                for (CaseFiles files : cases) {
                    one(files, opened);
                }
            } finally {
                opened.forEach(MemoryRuntime::close);
            }
        }

        private MemoryRuntime open(String name) throws IOException {
            MemoryRuntime opened = RuntimeChoice.open(name);
            for (Map.Entry<String, String> entry : opened.provenance().entrySet()) {
                provenance = provenance.with(entry.getKey(), entry.getValue());
            }
            if (opened instanceof NativeRuntime library) {
                provenance = provenance.withFile("library", library.libraryFile());
            }
            return opened;
        }

        private void one(CaseFiles files, List<MemoryRuntime> opened)
                throws FixtureException, BindingException, IOException {
            try (GoldenCase golden = GoldenCase.open(files)) {
                provenance = provenance.withFile(files.name() + " fixture", files.fixture());
                if (files.sidecar().isPresent()) {
                    provenance = provenance.withFile(files.name() + " sidecar", files.sidecar().get());
                }
                for (MemoryRuntime each : opened) {
                    outcomes.add(judge(golden, each));
                }
            }
        }

        private Outcome judge(GoldenCase golden, MemoryRuntime each) throws BindingException {
            try {
                return new FixtureCheck(golden, tolerance).on(each);
            } catch (RuntimeFailure e) {
                return new CheckResult(golden.name(), each.name(), golden.fixture().config().layer(), tolerance,
                        golden.sidecar().isPresent(), golden.fixture().expected().size(), List.of(),
                        List.of("the runtime failed: " + e.getMessage()), List.of());
            }
        }

        Verdict verdict() {
            return new Verdict(outcomes, tolerance, errors, provenance, reproduce);
        }
    }
}
