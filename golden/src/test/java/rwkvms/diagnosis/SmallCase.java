package rwkvms.diagnosis;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import rwkvms.comparison.KeptTokens;
import rwkvms.comparison.KnownLimits;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.fixtures.FixtureSchema;
import rwkvms.fixtures.LongForm;
import rwkvms.golden.Calls;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureRun;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * A case of some tokens from which the scan is replayed: one head of rank 2 and two slots, so that all hypotheses together take
 * milliseconds. What is expected is what the rule gives, but for what a test puts in its place.
 *
 * @param set  inputs and expected tensors that are not drawn
 * @param kept the tokens that an expected tensor has rows of
 */
record SmallCase(String name, int batch, int tokens, MemoryConfig config, Map<MathTensor, Tensor> set,
        Map<MathTensor, KeptTokens> kept) {
    private static final int RANK = 2;
    private static final int SLOTS = 2;
    private static final List<MathTensor> FEATURES = List.of(MathTensor.FEATURE_R, MathTensor.FEATURE_W,
            MathTensor.FEATURE_K, MathTensor.FEATURE_V, MathTensor.FEATURE_A, MathTensor.FEATURE_B);

    static SmallCase of(String name, int tokens) {
        return new SmallCase(name, 1, tokens, new MemoryConfig(1, RANK, 1, SLOTS, 1, RANK, 1, 0, 1,
                UpdateMode.STANDARD, Set.of(), true, true, true), Map.of(), Map.of());
    }

    SmallCase withBatch(int rows) {
        return new SmallCase(name, rows, tokens, config, set, kept);
    }

    SmallCase with(UnaryOperator<MemoryConfig> change) {
        return new SmallCase(name, batch, tokens, change.apply(config), set, kept);
    }

    /** Of these values as float32. */
    SmallCase with(MathTensor tensor, double... values) {
        return with(tensor, Tensor.ofRounded(shape(tensor), values));
    }

    SmallCase with(MathTensor tensor, Tensor values) {
        Map<MathTensor, Tensor> more = new EnumMap<>(MathTensor.class);
        more.putAll(set);
        more.put(tensor, values);
        return new SmallCase(name, batch, tokens, config, more, kept);
    }

    /** Valid tokens, of all batch rows. */
    SmallCase withMask(boolean... valid) {
        return with(MathTensor.TOKEN_MASK, Tensor.ofBooleans(shape(MathTensor.TOKEN_MASK), valid));
    }

    SmallCase keeping(MathTensor tensor, Integer... some) {
        Map<MathTensor, KeptTokens> more = new EnumMap<>(MathTensor.class);
        more.putAll(kept);
        more.put(tensor, new KeptTokens(List.of(some)));
        return new SmallCase(name, batch, tokens, config, set, more);
    }

    private Shape shape(MathTensor tensor) {
        return Shape.of(tensor.symbols().stream().mapToLong(symbol -> switch (symbol) {
            case "B" -> batch;
            case "T" -> tokens;
            case "D", "G" -> config.readDim();
            case "N" -> config.numStateHeads();
            case "K" -> config.numStates();
            case "r" -> config.rank();
            default -> 1;
        }).toArray());
    }

    private Tensor input(MathTensor tensor) {
        return Optional.ofNullable(set.get(tensor)).orElseGet(() -> {
            Shape shape = shape(tensor);
            return tensor.kind() == DType.Kind.INTEGER
                    ? Tensor.ofLongs(shape, new long[shape.count()])
                    : Tensor.ofRounded(shape, IntStream.range(0, shape.count()).mapToDouble(i -> drawn(tensor, i))
                            .toArray());
        });
    }

    /** Between −1 and 1, of a gate between 0.1 and 0.9. */
    private static double drawn(MathTensor tensor, int i) {
        double value = Math.sin(1 + 0.7 * tensor.ordinal() + 2.3 * i);
        return tensor == MathTensor.BETA || tensor == MathTensor.LAMBDA ? 0.5 + 0.4 * value : value;
    }

    Fixture fixture() {
        SequencedMap<String, Tensor> inputs = new LinkedHashMap<>();
        for (MathTensor each : List.of(MathTensor.HIDDEN_STATES, MathTensor.INITIAL_STATE,
                MathTensor.INITIAL_POSITIONS)) {
            inputs.put(each.label(), input(each));
        }
        set.forEach((each, tensor) -> {
            if (each.isInput()) {
                inputs.put(each.label(), tensor);
            }
        });
        SequencedMap<String, Tensor> recorded = new LinkedHashMap<>();
        FEATURES.forEach(each -> recorded.put(each.label(), input(each)));
        List.of(MathTensor.BETA, MathTensor.LAMBDA).forEach(each -> recorded.put(each.label(), input(each)));
        Fixture bare = new Fixture(FixtureSchema.V2, "", new Fixture.Source(null, null, null, null, null, null),
                new Fixture.Pass(0, 0, DType.FLOAT32, batch, tokens, 0, "", false, false), config,
                new Fixture.AdapterTensors(List.of(), Map.of()), inputs, recorded, List.of());
        SequencedMap<String, Tensor> expected = new LinkedHashMap<>(recorded);
        TensorSet right = values(Hypothesis.CORRECT, bare);
        right.names().forEach(each -> expected.put(each.label(), rows(each, right.get(each))));
        set.forEach((each, tensor) -> {
            if (!each.isInput()) {
                expected.put(each.label(), tensor);
            }
        });
        Map<String, KeptTokens> labelled = new LinkedHashMap<>();
        kept.forEach((each, some) -> labelled.put(each.label(), some));
        return bare.withExpected(expected).withLongForm(new LongForm(Map.of(), labelled, Optional.empty()));
    }

    private Tensor rows(MathTensor tensor, Tensor whole) {
        return Optional.ofNullable(kept.get(tensor)).map(some -> some.of(whole)).orElse(whole);
    }

    /** What a mistake gives of all tokens. */
    TensorSet whole(Hypothesis hypothesis) {
        return values(hypothesis, fixture());
    }

    private static TensorSet values(Hypothesis hypothesis, Fixture fixture) {
        FixtureRun run = new FixtureRun(fixture);
        return FixtureRun.stack(IntStream.range(0, fixture.pass().batchSize())
                .mapToObj(row -> hypothesis.scan(fixture.config(), run.scanInput(row))).toList());
    }

    /** The same of the tokens that are kept. */
    TensorSet values(Hypothesis hypothesis) {
        TensorSet whole = whole(hypothesis);
        Map<MathTensor, Tensor> some = new EnumMap<>(MathTensor.class);
        whole.names().forEach(each -> some.put(each, rows(each, whole.get(each))));
        return TensorSet.of(some);
    }

    /** A run that gave what a mistake gives. */
    Observation making(Hypothesis hypothesis) {
        return observed(values(hypothesis));
    }

    /** A run that gave this. */
    Observation observed(TensorSet given) {
        return observed(given, Tolerance.DEFAULT);
    }

    Observation observed(TensorSet given, Tolerance tolerance) {
        return observed(given, tolerance, Optional.empty());
    }

    /** A run of a case whose sidecar is gone since. */
    Observation unreadable(TensorSet given) {
        return observed(given, Tolerance.DEFAULT, Optional.of(Path.of(name, "no-sidecar.gguf")));
    }

    private Observation observed(TensorSet given, Tolerance tolerance, Optional<Path> sidecar) {
        Fixture fixture = fixture();
        List<TensorComparison> comparisons = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        for (MathTensor each : given.names()) {
            fixture.expected(each).ifPresent(expected -> {
                if (given.get(each).shape().equals(expected.shape())) {
                    comparisons.add(compared(new TensorComparer(tolerance), each, given.get(each), expected));
                } else {
                    errors.add(each.label() + " has another shape");
                }
            });
        }
        return new Observation(fixture, sidecar, Calls.WHOLE, new CheckResult(name, "fake", 0, tolerance,
                sidecar.isPresent(), comparisons.size() + errors.size(), comparisons, errors, List.of(), List.of()),
                given, Optional.empty());
    }

    private TensorComparison compared(TensorComparer comparer, MathTensor tensor, Tensor given, Tensor expected) {
        return kept.containsKey(tensor)
                ? comparer.compareRows(tensor, given, expected, kept.get(tensor), i -> false, KnownLimits.NONE)
                : comparer.compare(tensor, given, expected);
    }

    /** The values with another tensor in the place of one. */
    static TensorSet with(TensorSet values, MathTensor name, Tensor tensor) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        values.names().forEach(each -> tensors.put(each, values.get(each)));
        tensors.put(name, tensor);
        return TensorSet.of(tensors);
    }

    /** The values with one number, in double, in the place of another. */
    static TensorSet with(TensorSet values, MathTensor name, int element, double number) {
        double[] numbers = values.get(name).toDoubles();
        numbers[element] = number;
        return with(values, name, Tensor.ofDoubles(values.get(name).shape(), numbers));
    }
}
