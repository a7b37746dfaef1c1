package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.MathTensor;
import rwkvms.fixtures.Tolerance;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.Outcome;
import rwkvms.nativeruntime.NativeRuntime;
import rwkvms.report.Judged;
import rwkvms.report.Provenance;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.RuntimeFailure;

/**
 * Judges cases on runtimes one after the other. A case that cannot be judged is an error and does not keep the others from
 * being judged.
 */
final class CheckRun {
    private final Tolerance tolerance;
    private final BiFunction<CaseFiles, String, String> reproduce;
    private final Consumer<Exception> failures;
    private final List<Judged> judged = new ArrayList<>();
    private Provenance provenance = Provenance.ofThisMachine().with("gate", GateVersion.text());

    /**
     * A run that has judged nothing yet.
     *
     * @param reproduce the line that repeats a case on a runtime, from its files and the runtime's name as it was asked for
     * @param failures  takes what kept a case from being judged
     */
    CheckRun(Tolerance tolerance, BiFunction<CaseFiles, String, String> reproduce, Consumer<Exception> failures) {
        this.tolerance = tolerance;
        this.reproduce = reproduce;
        this.failures = failures;
    }

    /** Judges every case on every runtime, named as {@code --runtime} takes them. */
    void judge(List<CaseFiles> cases, List<String> runtimes, PrintWriter terminal) {
        List<Opened> opened = new ArrayList<>();
        Progress progress = Progress.onTerminal(terminal, cases.size());
        try {
            for (String name : runtimes) {
                opened.add(open(name));
            }
            for (CaseFiles files : cases) {
                progress.next(files.name());
                judge(files, opened);
            }
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
        } finally {
            progress.end();
            opened.forEach(each -> each.runtime.close());
        }
    }

    /** A runtime and how the command line named it. */
    private record Opened(String asked, MemoryRuntime runtime) {
    }

    private Opened open(String name) throws IOException {
        MemoryRuntime runtime = RuntimeChoice.open(name);
        for (Map.Entry<String, String> entry : runtime.provenance().entrySet()) {
            provenance = provenance.with(entry.getKey(), entry.getValue());
        }
        if (runtime instanceof NativeRuntime library) {
            for (Path file : LibraryFiles.of(library)) {
                provenance = provenance.withFile("library", file);
            }
        }
        return new Opened(name, runtime);
    }

    private void judge(CaseFiles files, List<Opened> opened) {
        try (GoldenCase golden = GoldenCase.open(files)) {
            record(files, golden);
            FixtureCheck check = new FixtureCheck(golden, tolerance);
            for (Opened each : opened) {
                judged.add(new Judged(judge(golden, check, each.runtime), reproduce.apply(files, each.asked),
                        Optional.of(Reproduce.fromHere(files.fixture()))));
            }
        } catch (FixtureException | BindingException | IOException | RuntimeException e) {
            failures.accept(e);
        }
    }

    private void record(CaseFiles files, GoldenCase golden) throws IOException {
        provenance = provenance.withFile(files.name() + " fixture", files.fixture());
        if (files.sidecar().isPresent()) {
            provenance = provenance.withFile(files.name() + " sidecar", files.sidecar().get());
        }
        if (golden.sidecar().isPresent() && files.base().isPresent()) {
            // Opening the case has proven that the base has this hash; a real one takes long to read again.
            provenance = provenance.with("sha256 " + files.name() + " base: " + files.base().get().getFileName(),
                    golden.sidecar().get().baseSha256());
        }
    }

    private Outcome judge(GoldenCase golden, FixtureCheck check, MemoryRuntime runtime) throws BindingException {
        try {
            return check.on(runtime);
        } catch (RuntimeFailure e) {
            boolean withWeights = golden.sidecar().isPresent();
            int expected = withWeights ? golden.fixture().expected().size() : MathTensor.WITHOUT_WEIGHTS.size();
            return new CheckResult(golden.name(), runtime.name(), golden.fixture().config().layer(), tolerance,
                    withWeights, expected, List.of(), List.of(Failures.message(e)), List.of(), List.of());
        }
    }

    List<Judged> judged() {
        return List.copyOf(judged);
    }

    Provenance provenance() {
        return provenance;
    }
}
