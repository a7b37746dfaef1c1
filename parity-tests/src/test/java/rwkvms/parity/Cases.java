package rwkvms.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import rwkvms.fixtures.FixtureException;
import rwkvms.fixtures.testing.OriginalCases;
import rwkvms.fixtures.testing.SharedCases;
import rwkvms.golden.BindingException;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.parity.nd4j.Nd4jRuntime;
import rwkvms.runtime.LoadedMemory;
import rwkvms.runtime.MemoryModel;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.Sidecar;
import rwkvms.tensor.Tensor;

/** The cases that judge every runtime, opened once for all test classes of this JVM. */
final class Cases {
    static final Path ROOT = Path.of(System.getProperty("rwkvms.root", "..")).toAbsolutePath().normalize();
    /** Oracle and published fixtures, if this machine has them. */
    static final SharedCases SHARED = SharedCases.ofBuild();

    private static final List<GoldenCase> COMMITTED = open(ROOT.resolve("golden/data"));
    private static final List<GoldenCase> ORIGINAL = OriginalCases.folders().stream()
            .map(folder -> open(CaseFiles.in(folder).orElseThrow())).toList();

    private Cases() {
    }

    static List<GoldenCase> committed() {
        return COMMITTED;
    }

    /** The cases that the original PyTorch code computed. */
    static List<GoldenCase> original() {
        return ORIGINAL;
    }

    static List<GoldenCase> all() {
        List<GoldenCase> all = new ArrayList<>(COMMITTED);
        all.addAll(ORIGINAL);
        return all;
    }

    /** The number of cases that the C++ runtime evaluates, which are those of one state head. */
    static long runnable(List<GoldenCase> cases) {
        return cases.stream().filter(golden -> golden.fixture().config().numStateHeads() == 1).count();
    }

    static GoldenCase committed(String name) {
        return COMMITTED.stream().filter(golden -> golden.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no golden case " + name));
    }

    /** The fixture published with the project, without its weights. */
    static GoldenCase published(Path fixture) {
        return open(new CaseFiles("published", fixture, Optional.empty(), Optional.empty()));
    }

    static LoadedMemory load(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
        return runtime
                .load(new MemoryModel(golden.sidecar().orElseThrow(), golden.base(), golden.fixture().config()));
    }

    /** The tensors that a runtime gives for a case. */
    static TensorSet run(GoldenCase golden, MemoryRuntime runtime) throws NotEvaluatedException {
        try (LoadedMemory memory = load(golden, runtime)) {
            return new FixtureRun(golden.fixture()).forward(memory);
        }
    }

    /** The tensors that a case's fixture records. */
    static Map<MathTensor, Tensor> recorded(GoldenCase golden) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        golden.fixture().expected()
                .forEach((label, tensor) -> tensors.put(MathTensor.ofLabel(label).orElseThrow(), tensor));
        return tensors;
    }

    /** One command that runs a single check again. */
    static String reproduceLine(GoldenCase golden, String runtime) {
        if (runtime.startsWith(Nd4jRuntime.NAME)) {
            return "mvn verify -pl parity-tests -am -Dtest=GoldenParityTests -Dsurefire.failIfNoSpecifiedTests=false";
        }
        return "./gate check --fixture " + relative(golden.fixtureFile())
                + option(" --sidecar ", golden.sidecar().map(Sidecar::path)) + option(" --base ", golden.base())
                + " --runtime " + runtime;
    }

    private static String option(String name, Optional<Path> file) {
        return file.map(path -> name + relative(path)).orElse("");
    }

    private static Path relative(Path file) {
        return ROOT.relativize(file.toAbsolutePath().normalize());
    }

    /** The cases of a folder. */
    static List<GoldenCase> open(Path folder) {
        try {
            return CaseFiles.below(folder).stream().map(Cases::open).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GoldenCase open(CaseFiles files) {
        try {
            return GoldenCase.open(files);
        } catch (FixtureException | BindingException | IOException e) {
            throw new IllegalStateException(files.name() + ": " + e.getMessage(), e);
        }
    }
}
