package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.FixtureException;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.report.CheckedCase;
import rwkvms.report.Provenance;
import rwkvms.runtime.MemoryRuntime;

/**
 * Judges cases on runtimes one after the other. A case that cannot be judged is an error and does not keep the others from
 * being judged.
 */
final class CheckRun {
    private final Tolerance tolerance;
    private final BiFunction<CaseFiles, String, String> reproduce;
    private final Consumer<Exception> failures;
    private final Optional<Duration> limit;
    private final List<CheckedCase> checked = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private final Map<String, Integer> tensors = new HashMap<>();
    private Provenance provenance = GateVersion.provenance();

    /**
     * A run that has judged nothing yet.
     *
     * @param reproduce returns the line that repeats a case on a runtime, given the case's files and the runtime as it was asked for
     * @param failures  takes what kept a case from being judged
     * @param limit     time for one case on another library; empty for a limit that follows from the size of the cases
     */
    CheckRun(Tolerance tolerance, BiFunction<CaseFiles, String, String> reproduce, Consumer<Exception> failures,
            Optional<Duration> limit) {
        this.tolerance = tolerance;
        this.limit = limit;
        this.reproduce = reproduce;
        this.failures = failures;
    }

    /** Judges every case on every runtime, which are named as for {@code --runtime}. */
    void judge(List<CaseFiles> cases, List<String> runtimes, PrintWriter terminal) {
        List<CheckedRuntime> opened = new ArrayList<>();
        Progress progress = Progress.onTerminal(terminal, cases.size());
        try {
            for (String name : runtimes) {
                opened.add(open(name, cases));
            }
            for (int i = 0; i < cases.size(); i++) {
                progress.next(cases.get(i).name());
                judge(i, cases.get(i), opened);
            }
            for (CheckedRuntime each : opened) {
                each.end(failures, remarks::add);
            }
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
        } finally {
            progress.end();
            opened.forEach(CheckedRuntime::close);
        }
    }

    private CheckedRuntime open(String name, List<CaseFiles> cases) throws IOException {
        Optional<MemoryRuntime> own = RuntimeChoice.open(name);
        CheckedRuntime runtime = own.isPresent()
                ? new OwnRuntime(name, own.get(), tolerance)
                : OthersRuntime.start(name, cases, limit, tolerance);
        try {
            for (Map.Entry<String, String> entry : runtime.provenance().entrySet()) {
                provenance = provenance.with(entry.getKey(), entry.getValue());
            }
            for (Path file : runtime.files()) {
                provenance = provenance.withFile("library", file);
            }
            return runtime;
        } catch (IOException | RuntimeException e) {
            runtime.end(failure -> {
            }, remarks::add);
            runtime.close();
            throw e;
        }
    }

    private void judge(int number, CaseFiles files, List<CheckedRuntime> opened) {
        try (GoldenCase golden = GoldenCase.open(files)) {
            record(files, golden);
            tensors.put(files.name(), golden.fixture().expected().size());
            FixtureCheck check = new FixtureCheck(golden, tolerance);
            for (CheckedRuntime each : opened) {
                each.judge(number, golden, check)
                        .ifPresent(outcome -> checked.add(new CheckedCase(outcome, reproduce.apply(files, each.asked()),
                                Optional.of(Reproduce.fromHere(files.fixture())))));
            }
        } catch (FixtureException | BindingException | IOException | RuntimeException e) {
            failures.accept(e);
        }
    }

    private void record(CaseFiles files, GoldenCase golden) throws IOException {
        provenance = withFiles(provenance, files);
        if (golden.sidecar().isPresent() && files.base().isPresent()) {
            // Opening the case has checked this hash, and a real base takes long to read again.
            provenance = provenance.with("sha256 " + files.name() + " base: " + files.base().get().getFileName(),
                    golden.sidecar().get().baseSha256());
        }
    }

    /** Adds the hashes of a case's fixture and sidecar. */
    static Provenance withFiles(Provenance provenance, CaseFiles files) throws IOException {
        Provenance with = provenance.withFile(files.name() + " fixture", files.fixture());
        return files.sidecar().isPresent()
                ? with.withFile(files.name() + " sidecar", files.sidecar().get())
                : with;
    }

    /** Returns what a runtime, named as in verdicts, was asked to compute. */
    List<Coverage> covered(String runtime, List<CaseFiles> cases) {
        Set<String> evaluated = checked.stream().map(CheckedCase::result)
                .filter(outcome -> outcome instanceof CheckResult && outcome.runtime().equals(runtime))
                .map(CaseResult::caseName).collect(Collectors.toSet());
        return cases.stream().map(files -> new Coverage(files.name(), "cases", tensors.getOrDefault(files.name(), 0),
                evaluated.contains(files.name()))).toList();
    }

    /** What other libraries wrote while they ran, one line per library. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    List<CheckedCase> cases() {
        return List.copyOf(checked);
    }

    Provenance provenance() {
        return provenance;
    }
}
