package rwkvms.live.fork;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.FixtureSchema;
import rwkvms.fixtures.FixtureWriter;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CaseNotEvaluated;
import rwkvms.golden.CaseResult;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.sidecar.synthesis.SidecarDamage;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The calls that judge a fork's executable, made from golden cases: each case with its sidecar and without; one case
 * with a moved value, with every {@link SidecarDamage}, and with files that are cut short or absent. The expected
 * answer is what our own runtime says about the same files.
 */
public final class ForkCases {
    /**
     * One tensor per stage, so that a comparison that leaves a stage out is noticed; those without weights come once
     * more without a sidecar.
     */
    private static final List<MathTensor> MOVED = List.of(MathTensor.MEMORY_V, MathTensor.FEATURE_K, MathTensor.KEEP,
            MathTensor.WRITE_ROUTES, MathTensor.RAW_READS, MathTensor.FINAL_STATE, MathTensor.FINAL_POSITIONS,
            MathTensor.READS);

    private static final String LONG_IS_NOT_ASKED = "the executable reads fixtures of the schemas v1 and v2, and this is a"
            + " long one";

    private final MemoryRuntime ours;
    private final Tolerance tolerance;
    private final Path work;
    private final List<ForkCase> cases = new ArrayList<>();

    /**
     * Makes cases whose expected answers come from our runtime.
     *
     * @param work an empty folder for the files that are made
     */
    public ForkCases(MemoryRuntime ours, Tolerance tolerance, Path work) {
        this.ours = ours;
        this.tolerance = tolerance;
        this.work = work;
    }

    /** Adds all calls of these cases. */
    public List<ForkCase> of(List<CaseFiles> golden) throws IOException, FixtureException, BindingException {
        List<CaseFiles> sound = new ArrayList<>();
        for (CaseFiles files : golden) {
            if (addSound(files)) {
                sound.add(files);
            }
        }
        Optional<CaseFiles> subject = sound.stream().min(Comparator.comparingLong(ForkCases::size));
        if (subject.isPresent()) {
            addMoved(subject.get());
            addDamaged(subject.get());
        }
        return List.copyOf(cases);
    }

    private static long size(CaseFiles files) {
        return files.fixture().toFile().length();
    }

    /** Adds the case as it is, and returns whether our runtime passed it with its sidecar. */
    private boolean addSound(CaseFiles files) throws IOException, FixtureException, BindingException {
        CaseFiles alone = new CaseFiles(files.name(), files.fixture(), Optional.empty(), Optional.empty());
        boolean passed = false;
        for (CaseFiles each : files.sidecar().isPresent() ? List.of(files, alone) : List.of(alone)) {
            try (GoldenCase golden = GoldenCase.open(each)) {
                String name = files.name() + (each.sidecar().isPresent() ? "" : " without sidecar");
                Path plain = plain(files.name(), golden.fixture());
                CaseResult outcome = golden.fixture().schema() == FixtureSchema.LONG
                        ? new CaseNotEvaluated(files.name(), ours.name(), LONG_IS_NOT_ASKED)
                        : new FixtureCheck(golden, tolerance).on(ours);
                cases.add(wanted(name, plain, each.sidecar(), golden.fixture(), outcome));
                passed |= each.sidecar().isPresent() && outcome instanceof CheckResult result && result.ok();
            }
        }
        return passed;
    }

    private ForkCase wanted(String name, Path plain, Optional<Path> sidecar, Fixture fixture, CaseResult outcome) {
        return switch (outcome) {
            case CaseNotEvaluated missed ->
                new ForkCase(name, plain, sidecar, ExpectedAnswer.ANY, missed.reason(), 0, Double.NaN);
            case CheckResult result when result.ok() -> new ForkCase(name, plain, sidecar, ExpectedAnswer.OK,
                    "our runtime passes it", result.comparisons().size(), bound(fixture));
            case CheckResult result -> new ForkCase(name, plain, sidecar, ExpectedAnswer.DIFFERS,
                    "our runtime fails it too, max abs diff " + result.maxAbsDiff(), 1, 0);
        };
    }

    private double bound(Fixture fixture) {
        double largest = 0;
        for (Tensor tensor : fixture.expected().values()) {
            if (tensor.dtype().isFloating()) {
                largest = Math.max(largest, Arrays.stream(tensor.toDoubles()).map(Math::abs).max().orElse(0));
            }
        }
        return tolerance.limit(largest);
    }

    /** The fixture as plain JSON: the executable reads nothing else. */
    private Path plain(String name, Fixture fixture) throws IOException {
        Path file = work.resolve(name + ".json");
        if (!Files.exists(file)) {
            try (OutputStream out = Files.newOutputStream(file)) {
                FixtureWriter.write(fixture, out);
            }
        }
        return file;
    }

    // ---- a value moved

    private void addMoved(CaseFiles files) throws IOException, FixtureException, BindingException {
        try (GoldenCase golden = GoldenCase.open(files)) {
            for (MathTensor name : MOVED) {
                Optional<Tensor> tensor = golden.fixture().expected(name);
                if (tensor.isPresent()) {
                    addMoved(files, golden.fixture(), name, tensor.get());
                }
            }
        }
    }

    private void addMoved(CaseFiles files, Fixture fixture, MathTensor name, Tensor tensor) throws IOException {
        int at = tensor.count() - 1;
        boolean floating = tensor.dtype() == DType.FLOAT32;
        double by = floating ? 1 + Math.abs(tensor.at(at)) : 1;
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(fixture.expected());
        expected.put(name.label(), moved(tensor, at, by));
        Path file = plain(files.name() + "-moved-" + name.label(), fixture.withExpected(expected));
        String reason = name.label() + " was moved by " + by + " at index " + at;
        // It is not agreed how a position counts in the largest difference.
        double seen = floating ? by : 0;
        cases.add(new ForkCase(files.name() + ", " + name.label() + " moved", file, files.sidecar(),
                ExpectedAnswer.DIFFERS,
                reason, 1, seen));
        if (MathTensor.WITHOUT_WEIGHTS.contains(name)) {
            cases.add(new ForkCase(files.name() + " without sidecar, " + name.label() + " moved", file,
                    Optional.empty(), ExpectedAnswer.DIFFERS, reason, 1, seen));
        }
    }

    private static Tensor moved(Tensor tensor, int at, double by) {
        if (tensor.dtype() == DType.FLOAT32) {
            float[] values = tensor.toFloats();
            values[at] += (float) by;
            return Tensor.ofFloats(tensor.shape(), values);
        }
        long[] values = tensor.toLongs();
        values[at] += (long) by;
        return Tensor.ofLongs(tensor.shape(), values);
    }

    // ---- files that may not be run

    private void addDamaged(CaseFiles files) throws IOException {
        Path fixture = work.resolve(files.name() + ".json");
        Path sidecar = files.sidecar().orElseThrow();
        byte[] sound = Files.readAllBytes(sidecar);
        for (SidecarDamage damage : SidecarDamage.values()) {
            Path file = Files.write(work.resolve("sidecar-" + damage.label() + ".gguf"), damage.applyTo(sound));
            cases.add(refused("sidecar " + damage.label(), fixture, Optional.of(file),
                    "the validator says " + damage.code() + " of the sidecar"));
        }
        cases.add(
                refused("sidecar absent", fixture, Optional.of(work.resolve("absent.gguf")), "there is no such file"));
        byte[] json = Files.readAllBytes(fixture);
        Map<String, byte[]> cut = new LinkedHashMap<>();
        cut.put("empty", new byte[0]);
        cut.put("cut", Arrays.copyOf(json, json.length / 2));
        for (Map.Entry<String, byte[]> each : cut.entrySet()) {
            Path file = Files.write(work.resolve("fixture-" + each.getKey() + ".json"), each.getValue());
            cases.add(refused("fixture " + each.getKey(), file, Optional.of(sidecar), "the fixture is no whole JSON"));
        }
        cases.add(
                refused("fixture absent", work.resolve("absent.json"), Optional.of(sidecar), "there is no such file"));
    }

    private static ForkCase refused(String name, Path fixture, Optional<Path> sidecar, String reason) {
        return new ForkCase(name, fixture, sidecar, ExpectedAnswer.REFUSED, reason, 0, Double.NaN);
    }
}
