package rwkvms.conditioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.TensorComparer;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** The exact run is math.md, and the limits hold what float32 makes of it. */
final class ConditioningTests {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");
    private static final double UNIT = 0x1p-24;

    static Stream<Arguments> cases() throws Exception {
        return CaseFiles.below(CASES).stream().map(files -> Arguments.of(files.name(), files));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void theExactRunGivesWhatPyTorchGave(String name, CaseFiles files) throws Exception {
        try (GoldenCase golden = GoldenCase.open(files)) {
            TensorSet exact = of(golden).exact();
            TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
            int compared = 0;
            for (MathTensor tensor : MathTensor.values()) {
                if (golden.fixture().expected(tensor).isPresent() && tensor.kind() == DType.Kind.FLOATING) {
                    assertThat(
                            comparer.compare(tensor, exact.get(tensor), golden.fixture().expected(tensor).get()).bad())
                            .as(name + ", " + tensor).isEmpty();
                    compared++;
                }
            }
            assertThat(compared).isGreaterThan(25);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"basic", "topk-2", "heads-4", "semantics-2", "lambda-outside-free"})
    void theReplayedScanIsThatOfTheWholeRun(String name) throws Exception {
        try (GoldenCase golden = GoldenCase.open(CaseFiles.in(CASES.resolve(name)).orElseThrow())) {
            FixtureRun run = new FixtureRun(golden.fixture());
            TensorSet exact = Conditioning.ofScan(golden.fixture().config(),
                    rows(golden).mapToObj(run::scanInput).toList(), 1).exact();
            TensorComparer comparer = new TensorComparer(Tolerance.DEFAULT);
            MathTensor.WITHOUT_WEIGHTS.stream().filter(tensor -> tensor.kind() == DType.Kind.FLOATING)
                    .forEach(tensor -> assertThat(comparer
                            .compare(tensor, exact.get(tensor), golden.fixture().expected(tensor).orElseThrow()).bad())
                            .as(name + ", " + tensor).isEmpty());
        }
    }

    private static Conditioning of(GoldenCase golden) {
        FixtureRun run = new FixtureRun(golden.fixture());
        return Conditioning.of(golden.fixture().config(),
                golden.sidecar().orElseThrow().layer(golden.fixture().pass().layer()),
                rows(golden).<LayerState>mapToObj(run::initialState).toList(),
                rows(golden).<ForwardInput>mapToObj(run::input).toList(), 1);
    }

    private static IntStream rows(GoldenCase golden) {
        return IntStream.range(0, golden.fixture().pass().batchSize());
    }

    static Stream<Float32Rounding> float32() {
        return Stream.of(Float32Rounding.PLAIN, new Float32Rounding(true, true, 0, 1),
                new Float32Rounding(false, false, 2, 1), new Float32Rounding(false, false, 0, 8),
                new Float32Rounding(true, false, 0, 16));
    }

    /** A plain float32 implementation, worse than any in use, misses 1e-5 and keeps its limits with room to spare. */
    @ParameterizedTest
    @MethodSource("float32")
    void float32StaysWithinTheLimits(Float32Rounding float32) throws Exception {
        LongCalls.with(40, 1, Taps.STEP_TRACE, call -> {
            Conditioning conditioning = call.conditioning();
            TensorSet exact = conditioning.exact();
            TensorSet limits = conditioning.limits(all(exact));
            TensorSet found = float32.run(call);
            double largest = 0;
            int missed = 0;
            for (MathTensor name : exact.names()) {
                Tensor limit = limits.get(name);
                for (int i = 0; i < limit.count(); i++) {
                    double tolerance = Tolerance.DEFAULT.limit(exact.get(name).at(i));
                    double diff = Math.abs(found.get(name).at(i) - exact.get(name).at(i));
                    missed += diff > tolerance ? 1 : 0;
                    largest = Math.max(largest, diff / Math.max(tolerance, limit.at(i)));
                }
            }
            assertThat(missed).as("values that miss 1e-5").isPositive();
            assertThat(largest).as("of the limit").isBetween(0.02, 0.5);
        });
    }

    @Test
    void theLimitOfASumIsThatOfItsRoundings() throws Exception {
        LongCalls.with(8, 1, Taps.ALL, call -> {
            double[] x = call.input().hiddenStates().rows(0, 1).toDoubles();
            double[] weights = call.weights().memV().rows(0, 1).toDoubles();
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < x.length; i++) {
                sum += x[i] * weights[i];
                squares += sum * sum + x[i] * x[i] * weights[i] * weights[i];
            }
            Conditioning conditioning = call.conditioning();
            assertThat(conditioning.exact().get(MathTensor.MEMORY_V).at(0)).isEqualTo(sum);
            double largest = Conditioning.MULTIPLE * Conditioning.ROUNDINGS * UNIT * Math.sqrt(squares);
            assertThat(conditioning.limits(all(conditioning.exact())).get(MathTensor.MEMORY_V).at(0))
                    .isBetween(0.5 * largest, largest);
        });
    }

    @Test
    void moreRunsGoFurtherAndTheSameSeedAsFar() throws Exception {
        LongCalls.with(8, 1, Taps.ALL, call -> {
            Map<MathTensor, BitSet> all = all(call.conditioning().exact());
            TensorSet few = call.conditioning().limits(all, 4);
            TensorSet many = call.conditioning().limits(all);
            assertThat(many.sameBits(call.conditioning().limits(all))).isTrue();
            assertThat(few.sameBits(many)).isFalse();
            for (MathTensor name : few.names()) {
                for (int i = 0; i < few.get(name).count(); i++) {
                    assertThat(many.get(name).at(i)).isGreaterThanOrEqualTo(few.get(name).at(i));
                }
            }
        });
    }

    /** So that a limit hangs on the fixture alone, and not on what else a runtime missed. */
    @Test
    void aLimitDoesNotDependOnWhichOthersAreAskedFor() throws Exception {
        LongCalls.with(8, 1, Taps.ALL, call -> {
            Conditioning conditioning = call.conditioning();
            TensorSet all = conditioning.limits(all(conditioning.exact()));
            for (MathTensor name : new MathTensor[]{MathTensor.DELTA_Q, MathTensor.DELTA_O, MathTensor.RAW_READS}) {
                int at = all.get(name).count() - 3;
                Tensor one = conditioning.limits(Map.of(name, BitSet.valueOf(new long[]{1L << 2}))).get(name);
                assertThat(one.at(2)).isEqualTo(all.get(name).at(2)).isPositive();
                assertThat(one.at(at)).isZero();
                assertThat(all.get(name).at(at)).isPositive();
            }
        });
    }

    @Test
    void aMaskedTokenHasNothingToRound() throws Exception {
        LongCalls.with(8, 1, Taps.ALL, call -> {
            Conditioning conditioning = call.conditioning();
            TensorSet limits = conditioning.limits(all(conditioning.exact()));
            for (MathTensor name : new MathTensor[]{MathTensor.READ_ROUTES, MathTensor.RAW_READS, MathTensor.DELTA_Q}) {
                Tensor limit = limits.get(name);
                int perToken = limit.count() / call.tokens();
                for (int t = 0; t < call.tokens(); t++) {
                    double largest = IntStream.range(t * perToken, (t + 1) * perToken).mapToDouble(limit::at).max()
                            .orElseThrow();
                    assertThat(largest > 0).as(name + " of token " + t).isEqualTo(t != 5);
                }
            }
        });
    }

    private static Map<MathTensor, BitSet> all(TensorSet tensors) {
        Map<MathTensor, BitSet> all = new EnumMap<>(MathTensor.class);
        for (MathTensor name : tensors.names()) {
            BitSet values = new BitSet();
            values.set(0, tensors.get(name).count());
            all.put(name, values);
        }
        return all;
    }
}
