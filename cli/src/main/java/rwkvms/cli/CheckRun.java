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
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import rwkvms.comparison.Tolerance;
import rwkvms.diagnosis.Diagnosis;
import rwkvms.diagnosis.Diagnostician;
import rwkvms.fixtures.FixtureException;
import rwkvms.ggml.Device;
import rwkvms.golden.BindingException;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.nativeruntime.Place;
import rwkvms.report.CheckedCase;
import rwkvms.report.Provenance;

/**
 * Judges cases on runtimes one after the other, and reads the next one meanwhile. A case that cannot be judged is an error and
 * does not keep the others from being judged.
 */
final class CheckRun {
    /** In the place of a number of failed runs: the runtime cannot run the case. */
    private static final int NOT_AT_ALL = -1;
    /** Runs that take no longer need no announcement. */
    private static final int SECONDS_UNSAID = 2;

    private final Tolerance tolerance;
    private final BiFunction<Calls.OfCase, RuntimeChoice, String> reproduce;
    private final Consumer<Exception> failures;
    private final Optional<Duration> limit;
    private final int threads;
    private final List<CheckedCase> checked = new ArrayList<>();
    private final Diagnostician diagnostician = new Diagnostician();
    private final List<String> remarks = new ArrayList<>();
    private final Map<String, Integer> tensors = new HashMap<>();
    private Provenance provenance = GateVersion.provenance();
    private Optional<Device> device = Optional.empty();
    private boolean precise;

    /**
     * A run that has judged nothing yet.
     *
     * @param reproduce returns the line that repeats a case on a runtime, given the case as it is run and the runtime as it was asked for
     * @param failures  takes what kept a case from being judged
     * @param limit     time for one case on another library; empty for a limit that follows from the size of the cases
     */
    CheckRun(Tolerance tolerance, BiFunction<Calls.OfCase, RuntimeChoice, String> reproduce,
            Consumer<Exception> failures,
            Optional<Duration> limit, int threads) {
        this.tolerance = tolerance;
        this.threads = threads;
        this.limit = limit;
        this.reproduce = reproduce;
        this.failures = failures;
    }

    /** Makes the runtimes compute the cases that are run in microbatches there. */
    void on(Device there, boolean precisely) {
        precise = precisely;
        device = Optional.of(there);
        provenance = provenance.with("device", there.name());
        String environment = System.getenv().entrySet().stream().filter(entry -> entry.getKey().startsWith("GGML_"))
                .map(Object::toString).sorted().collect(Collectors.joining(" "));
        if (!environment.isEmpty()) {
            provenance = provenance.with("device.environment", environment);
        }
        if (!there.isProcessor()) {
            provenance = provenance.with("device.description", there.description())
                    .with("device.library", there.library());
        }
    }

    /** Returns the name of a runtime in verdicts, with its device if that is not a matter of course. */
    String label(RuntimeChoice asked) {
        return asked.label() + device.map(there -> " on " + there.name() + (precise ? " (precise)" : "")).orElse("");
    }

    /** Judges every case on every runtime; the runs of a case stand together. */
    void judge(List<Calls.OfCase> cases, List<RuntimeChoice> runtimes, PrintWriter terminal) {
        List<CheckedRuntime> opened = new ArrayList<>();
        Progress progress = Progress.onTerminal(terminal, cases.size());
        List<List<Calls.OfCase>> runsOfCases = runsOfCases(cases);
        try (ReadAhead reader = new ReadAhead(runsOfCases.stream().map(runs -> runs.getFirst().files()).toList())) {
            for (RuntimeChoice each : runtimes) {
                opened.add(open(each, cases));
            }
            int number = 0;
            for (List<Calls.OfCase> runs : runsOfCases) {
                judge(number, runs, reader, opened, progress, terminal);
                number += runs.size();
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

    /** Runs of the same files that stand together. */
    private static List<List<Calls.OfCase>> runsOfCases(List<Calls.OfCase> cases) {
        List<List<Calls.OfCase>> groups = new ArrayList<>();
        for (int from = 0; from < cases.size();) {
            int to = from;
            while (to < cases.size() && cases.get(to).files().equals(cases.get(from).files())) {
                to++;
            }
            groups.add(cases.subList(from, to));
            from = to;
        }
        return groups;
    }

    private CheckedRuntime open(RuntimeChoice asked, List<Calls.OfCase> cases) throws IOException {
        CheckedRuntime runtime = device.isPresent()
                ? OthersRuntime.start(asked, label(asked), cases, limit, tolerance, threads,
                        device.map(there -> new Place(there.name(), there.buffers(), precise)))
                : asked.open(cases, limit, tolerance, threads);
        try {
            for (Map.Entry<String, String> entry : runtime.provenance().entrySet()) {
                provenance = provenance.with(entry.getKey(), entry.getValue());
            }
            for (Path file : runtime.files()) {
                provenance = provenance.withFile(runtime.fileRole(), file);
            }
            return runtime;
        } catch (IOException | RuntimeException e) {
            runtime.end(failure -> {
            }, remarks::add);
            runtime.close();
            throw e;
        }
    }

    /** Judges the runs of one case, of which the first has that number. */
    private void judge(int number, List<Calls.OfCase> runs, ReadAhead reader, List<CheckedRuntime> opened,
            Progress progress, PrintWriter terminal) {
        try (GoldenCase golden = reader.next()) {
            record(runs.getFirst().files(), golden);
            FixtureCheck check = new FixtureCheck(golden, tolerance, diagnostician);
            Map<CheckedRuntime, Integer> failed = new HashMap<>();
            long begun = System.nanoTime();
            for (int i = 0; i < runs.size(); i++) {
                Calls.OfCase run = runs.get(i);
                progress.next(run.name());
                tensors.put(run.name(), golden.fixture().expected().size());
                for (CheckedRuntime each : opened) {
                    judge(number + i, run, golden, check, each, failed);
                }
                if (i == 0 && run.calls().kind() != Calls.Kind.MICROBATCHES) {
                    announce(run.name(), runs.size() - 1, System.nanoTime() - begun, terminal);
                }
            }
        } catch (FixtureException | BindingException | IOException | RuntimeException e) {
            failures.accept(e);
        }
    }

    private void judge(int number, Calls.OfCase run, GoldenCase golden, FixtureCheck check, CheckedRuntime runtime,
            Map<CheckedRuntime, Integer> failed) throws BindingException, IOException {
        int before = failed.getOrDefault(runtime, 0);
        Optional<CaseResult> judged = before == NOT_AT_ALL
                ? Optional.empty()
                : before == Calls.MAX_FAILED
                        ? Optional.of(
                                new CaseNotEvaluated(run.name(), label(runtime.asked()), Calls.ENOUGH))
                        : runtime.judge(number, golden, check, run.calls());
        judged.ifPresent(outcome -> {
            checked.add(new CheckedCase(outcome, reproduce.apply(run, runtime.asked()),
                    Optional.of(Reproduce.fromHere(run.files().fixture())), microbatch(run.calls())));
            if (outcome instanceof CheckResult result && !result.ok() && microbatch(run.calls()).isEmpty()) {
                failed.put(runtime, before + 1);
            } else if (outcome instanceof CaseNotEvaluated && run.calls().equals(Calls.WHOLE)) {
                failed.put(runtime, NOT_AT_ALL);
            }
        });
    }

    /** Every size of microbatch is judged, whatever failed before: the table has them all. */
    private static OptionalInt microbatch(Calls calls) {
        return calls.kind() == Calls.Kind.MICROBATCHES ? OptionalInt.of(calls.tokens()) : OptionalInt.empty();
    }

    /** Says how long the other runs of a case will take, if that is long. */
    private static void announce(String name, int others, long nanos, PrintWriter terminal) {
        long seconds = Math.round(others * (nanos / 1e9));
        if (others > 1 && seconds > SECONDS_UNSAID) {
            terminal.println("gate: " + name + ": " + others + " more runs in chunks and steps, about " + seconds
                    + " s");
            terminal.flush();
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
    List<Coverage> covered(String runtime, List<Calls.OfCase> cases) {
        Set<String> evaluated = checked.stream().map(CheckedCase::result)
                .filter(outcome -> outcome.runtime().equals(runtime) && evaluated(outcome))
                .map(CaseResult::caseName).collect(Collectors.toSet());
        return cases.stream().map(run -> new Coverage(run.name(), "cases", tensors.getOrDefault(run.name(), 0),
                evaluated.contains(run.name()))).toList();
    }

    /** What was not run because enough had failed is no gap. */
    private static boolean evaluated(CaseResult outcome) {
        return switch (outcome) {
            case CheckResult _ -> true;
            case CaseNotEvaluated missed -> missed.reason().equals(Calls.ENOUGH);
        };
    }

    /** What other libraries wrote while they ran, one line per library. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    List<CheckedCase> cases() {
        return List.copyOf(checked);
    }

    /** Returns what the failures have in common, which takes time if there are any. */
    List<Diagnosis> diagnoses() {
        return diagnostician.diagnoses();
    }

    Provenance provenance() {
        return provenance;
    }
}
