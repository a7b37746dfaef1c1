package rwkvms.diagnosis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.hypotheses.Layer;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** Runtimes that make a mistake on purpose, on golden cases that stay open. */
final class Mistaken implements AutoCloseable {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

    private static final int SMALL = 100;
    /** Enough to tell two mistakes apart, as a rule. */
    private static final int FEW = 3;
    /** What tells those apart that most cases do not. */
    private static final List<String> TELLING = List.of("semantics-2", "semantics-2-no-normalize-qk", "no-normalize-qk",
            "qk-norm-eps", "source-norm-eps", "kk-norm-eps", "cosine-clamp-r", "cosine-clamp-reads", "free-lambda",
            "chunk-rollover");
    /** On a busy machine too. */
    static final Duration ENOUGH = Duration.ofMinutes(2);

    private final List<Opened> cases = new ArrayList<>();

    private record Opened(GoldenCase golden, FixtureCheck sound) {
    }

    /** Opens these cases, or all. */
    static Mistaken on(String... names) throws Exception {
        Mistaken mistaken = new Mistaken();
        List<String> wanted = List.of(names);
        for (CaseFiles files : CaseFiles.below(CASES)) {
            if (wanted.isEmpty() || wanted.contains(files.name())) {
                GoldenCase golden = GoldenCase.open(files);
                mistaken.cases.add(new Opened(golden, new FixtureCheck(golden, Tolerance.DEFAULT)));
            }
        }
        return mistaken;
    }

    /** Opens all cases but those of real size. */
    static Mistaken small() throws Exception {
        Mistaken mistaken = on();
        mistaken.cases.removeIf(each -> {
            boolean real = each.golden.fixture().config().hiddenSize() > SMALL;
            if (real) {
                each.golden.close();
            }
            return real;
        });
        return mistaken;
    }

    static TensorSet values(Hypothesis hypothesis, GoldenCase golden) {
        FixtureRun run = new FixtureRun(golden.fixture());
        Layer layer = Layer.of(golden.fixture().config(),
                golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()));
        boolean given = golden.fixture().optionalInput(MathTensor.INITIAL_PREVIOUS_SOURCE).isPresent();
        return FixtureRun.stack(IntStream.range(0, golden.fixture().pass().batchSize()).mapToObj(
                row -> hypothesis.forward(layer, run.initialState(row), run.input(row), given, List.of(0))).toList());
    }

    /** The same with one value of a tensor moved. */
    static TensorSet moved(TensorSet values, MathTensor name, int element, double by) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        values.names().forEach(each -> tensors.put(each, values.get(each)));
        double[] numbers = values.get(name).toDoubles();
        numbers[element] += by;
        tensors.put(name, Tensor.ofDoubles(values.get(name).shape(), numbers));
        return TensorSet.of(tensors);
    }

    /** In float32, as a runtime gives them. */
    static TensorSet float32(TensorSet values) {
        Map<MathTensor, Tensor> rounded = new EnumMap<>(MathTensor.class);
        for (MathTensor name : values.names()) {
            Tensor tensor = values.get(name);
            rounded.put(name, tensor.dtype().isFloating() ? tensor.asFloat32() : tensor);
        }
        return TensorSet.of(rounded);
    }

    /** What is said of a runtime that gives these values for each case. */
    List<Diagnosis> diagnoses(Function<GoldenCase, TensorSet> runtime) {
        Diagnostician diagnostician = new Diagnostician(ENOUGH);
        for (Opened each : cases) {
            TensorSet given = float32(runtime.apply(each.golden));
            new FixtureCheck(each.golden, Tolerance.DEFAULT, diagnostician).judge("fake", Calls.WHOLE, given);
        }
        return diagnostician.diagnoses();
    }

    /** The same of a mistake, on the first cases that show it and some that do not. */
    List<Diagnosis> few(Hypothesis mistake) {
        Diagnostician diagnostician = new Diagnostician(ENOUGH);
        int shown = 0;
        int hidden = 0;
        for (Opened each : cases) {
            TensorSet given = float32(values(mistake, each.golden));
            boolean shows = differs(each.golden, given);
            if (TELLING.contains(each.golden.name()) || (shows ? shown++ < FEW : hidden++ < FEW)) {
                new FixtureCheck(each.golden, Tolerance.DEFAULT, diagnostician).judge("fake", Calls.WHOLE, given);
            }
        }
        return diagnostician.diagnoses();
    }

    private static boolean differs(GoldenCase golden, TensorSet given) {
        return given.names().stream().anyMatch(name -> golden.fixture().expected(name).filter(expected -> !expected
                .shape().equals(given.get(name).shape())
                || IntStream.range(0, expected.count())
                        .anyMatch(i -> !Tolerance.DEFAULT.accepts(given.get(name).at(i), expected.at(i))))
                .isPresent());
    }

    @Override
    public void close() {
        cases.forEach(each -> each.golden.close());
    }
}
