package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.comparison.BadPoint;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.conditioning.Conditioning;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** Values beyond the tolerance pass where float32 can know no better, and it is said; they fail where they are further off. */
final class KnownValuesTests {
    private static final double LARGE_STATE = 1000;
    /** Scores in the millions: where they are equal but for rounding, a route is a matter of luck. */
    private static final double HUGE_STATE = 1e6;
    private static final String MEASURED = "what float32 can know was measured in 24 runs, seed -930612528";

    private static @Nullable TensorSet shortLimits;

    private LongCase longCase;
    private TensorSet limits;

    /** The case that most tests take; its limits are measured once for all of them. */
    private void openShort() throws Exception {
        longCase = LongCase.of(8, LARGE_STATE);
        if (shortLimits == null) {
            shortLimits = limits(longCase.conditioning());
        }
        limits = shortLimits;
    }

    private void open(LongCase opened) {
        longCase = opened;
        limits = limits(longCase.conditioning());
    }

    @AfterEach
    void close() {
        longCase.close();
    }

    @Test
    void floatsAsTheReferenceHasThemPassOnALargeState() throws Exception {
        longCase = LongCase.of(200, LARGE_STATE);
        CheckResult result = judged(longCase.reference());
        assertThat(result.ok()).isTrue();
        assertThat(result.notes()).containsExactly(
                "raw_reads: 1599 of 1600 at 1e-5; 1 at up to 5.1e-3, which is what float32 can know of them",
                "final_state: 254 of 256 at 1e-5; 2 at up to 5.9e-4, which is what float32 can know of them", MEASURED);
        assertThat(result.mistrusted()).noneMatch(reason -> reason.contains("float32"));
    }

    @Test
    void valuesWithinTheToleranceCostNothing() throws Exception {
        openShort();
        CheckResult result = judged(longCase.expected());
        assertThat(result.ok()).isTrue();
        assertThat(result.notes()).isEmpty();
        assertThat(result.values()).isEqualTo(longCase.golden().fixture().expected().values().stream()
                .mapToLong(Tensor::count).sum());
    }

    @Test
    void valueAtItsLimitPassesAndOneBeyondFails() throws Exception {
        openShort();
        int at = loosest(MathTensor.RAW_READS);
        CheckResult within = judged(off(MathTensor.RAW_READS, Map.of(at, 0.99)));
        assertThat(within.ok()).isTrue();
        assertThat(within.notes().getFirst()).matches("raw_reads: 63 of 64 at 1e-5; 1 at up to \\d\\.\\de-\\d, "
                + "which is what float32 can know of them");
        assertThat(within.maxRatio()).isBetween(0.98, 1.0);
        CheckResult beyond = judged(off(MathTensor.RAW_READS, Map.of(at, 1.01)));
        assertThat(beyond.ok()).isFalse();
        assertThat(beyond.firstDivergence().orElseThrow().tensor()).isEqualTo(MathTensor.RAW_READS);
        assertThat(beyond.comparisons()).filteredOn(each -> !each.passed()).singleElement()
                .satisfies(each -> assertThat(each.bad().getFirst().flat()).isEqualTo(at));
    }

    /** A few values of every tensor, at any length, whether their limit is the tolerance or what float32 can know of them. */
    @ParameterizedTest
    @CsvSource({"1,0.1", "1,1000", "16,1", "64,1000", "256,1000"})
    void twiceTheLimitIsReported(int tokens, double stateScale) throws Exception {
        longCase = LongCase.of(tokens, stateScale);
        Map<MathTensor, BitSet> changed = someOfEach(new Random(tokens));
        limits = longCase.conditioning().limits(changed);
        Map<MathTensor, Tensor> found = new LinkedHashMap<>();
        int beyond = 0;
        int within = 0;
        for (MathTensor name : longCase.expected().names()) {
            BitSet values = changed.getOrDefault(name, new BitSet());
            values.stream().filter(i -> !knowable(name, limits.get(name).at(i))).boxed().toList()
                    .forEach(values::clear);
            Map<Integer, Double> changes = new TreeMap<>();
            values.stream().forEach(i -> changes.put(i, i % 2 == 0 ? 2.0 : -2.0));
            found.put(name, off(name, changes).get(name));
            Tensor expected = longCase.expected().get(name);
            int loose = (int) values.stream()
                    .filter(i -> limits.get(name).at(i) > Tolerance.DEFAULT.limit(expected.at(i))).count();
            beyond += loose;
            within += values.cardinality() - loose;
        }
        CheckResult result = judged(TensorSet.of(found));
        for (TensorComparison each : result.comparisons()) {
            assertThat(each.bad().stream().map(BadPoint::flat)).as(each.tensor().label()).containsExactlyElementsOf(
                    changed.getOrDefault(each.tensor(), new BitSet()).stream().boxed().toList());
        }
        assertThat(within).isGreaterThan(50);
        assertThat(beyond).isGreaterThanOrEqualTo(stateScale == LARGE_STATE ? 3 : 0);
    }

    private Map<MathTensor, BitSet> someOfEach(Random random) {
        Map<MathTensor, BitSet> some = new EnumMap<>(MathTensor.class);
        for (MathTensor name : longCase.expected().names()) {
            if (name.kind() == DType.Kind.FLOATING) {
                BitSet values = new BitSet();
                random.ints(3, 0, longCase.expected().get(name).count()).forEach(values::set);
                some.put(name, values);
            }
        }
        return some;
    }

    @Test
    void manyValuesBeyondTheToleranceAreMistrusted() throws Exception {
        openShort();
        Map<Integer, Double> changes = new HashMap<>();
        beyondTheTolerance(MathTensor.RAW_READS).stream().limit(3).forEach(i -> changes.put(i, 0.9));
        CheckResult few = judged(off(MathTensor.RAW_READS, changes));
        assertThat(few.mistrusted()).noneMatch(reason -> reason.contains("float32"));
        beyondTheTolerance(MathTensor.RAW_READS).stream().limit(4).forEach(i -> changes.put(i, 0.9));
        CheckResult many = judged(off(MathTensor.RAW_READS, changes));
        assertThat(many.ok()).isTrue();
        assertThat(many.mistrusted()).contains("raw_reads: 4 of 64 values are beyond the tolerance and within what "
                + "float32 can know of them; more than 5 % say little");
    }

    @Test
    void valuesThatFloat32KnowsNextToNothingOfAreNotJudgedAndCounted() throws Exception {
        open(LongCase.ofEqualSlots(8, HUGE_STATE));
        Map<Integer, Double> changes = new HashMap<>();
        IntStream.range(0, 32).filter(i -> !knowable(MathTensor.READ_ROUTES, limits.get(MathTensor.READ_ROUTES).at(i)))
                .forEach(i -> changes.put(i, 5.0));
        int unknown = changes.size();
        assertThat(unknown).isBetween(3, 29);
        CheckResult result = judged(off(MathTensor.READ_ROUTES, changes));
        assertThat(result.ok()).isTrue();
        assertThat(result.notes()).containsExactly("read_routes: " + (32 - unknown) + " of 32 at 1e-5; " + unknown
                + " not judged, of which float32 knows next to nothing", MEASURED);
        assertThat(result.mistrusted()).contains("read_routes: " + unknown
                + " of 32 values are not judged, for float32 knows next to nothing of them");
        assertThat(result.values()).isEqualTo(judged(longCase.expected()).values() - unknown);
    }

    @Test
    void tensorOfWhichFloat32KnowsNextToNothingIsNotEvaluated() throws Exception {
        open(LongCase.ofEqualSlots(1, HUGE_STATE));
        CheckResult all = judged(longCase.expected());
        CheckResult result = judged(off(MathTensor.READ_ROUTES, Map.of(0, 0.9, 1, 0.9, 2, 0.9, 3, 0.9)));
        assertThat(result.ok()).isTrue();
        assertThat(result.expected()).isEqualTo(all.expected() - 1);
        assertThat(result.comparisons()).hasSize(result.expected())
                .noneMatch(each -> each.tensor() == MathTensor.READ_ROUTES);
        assertThat(result.mistrusted()).contains(
                "read_routes: not evaluated, for float32 knows next to nothing of its 4 values");
    }

    @Test
    void whatIsNoNumberFailsWhateverIsKnown() throws Exception {
        openShort();
        for (float value : new float[]{Float.NaN, Float.POSITIVE_INFINITY}) {
            Tensor expected = longCase.expected().get(MathTensor.RAW_READS);
            float[] values = expected.toFloats();
            values[loosest(MathTensor.RAW_READS)] = value;
            CheckResult result = judged(with(MathTensor.RAW_READS, Tensor.ofFloats(expected.shape(), values)));
            assertThat(result.ok()).isFalse();
            assertThat(result.notes()).isEmpty();
        }
    }

    @Test
    void fixtureThatExactArithmeticDoesNotConfirmGetsNoLeniency() throws Exception {
        openShort();
        int at = loosest(MathTensor.RAW_READS);
        TensorSet found = off(MathTensor.RAW_READS, Map.of(at, 0.9));
        Fixture fixture = longCase.golden().fixture();
        float[] doctored = fixture.expected(MathTensor.FINAL_STATE).orElseThrow().toFloats();
        doctored[7] *= 1.01f;
        Tensor state = Tensor.ofFloats(fixture.expected(MathTensor.FINAL_STATE).orElseThrow().shape(), doctored);
        GoldenCase other = AlteredCases.with(longCase.golden(),
                AlteredCases.withExpected(fixture, MathTensor.FINAL_STATE, state));
        CheckResult result = (CheckResult) new FixtureCheck(other, Tolerance.DEFAULT).judge("made up", found);
        assertThat(result.ok()).isFalse();
        assertThat(result.comparisons()).filteredOn(each -> !each.passed()).extracting(each -> each.tensor())
                .containsExactlyInAnyOrder(MathTensor.RAW_READS, MathTensor.FINAL_STATE);
        assertThat(result.notes()).containsExactly("all values are judged at the tolerance: exact arithmetic does not "
                + "give the fixture's final_state, so that what float32 can know of its values was not measured");
    }

    @Test
    void sharperToleranceIsMeantAsItIsAndAnotherOneSaidInTimes() throws Exception {
        openShort();
        TensorSet found = off(MathTensor.RAW_READS, Map.of(loosest(MathTensor.RAW_READS), 0.9));
        CheckResult sharper = (CheckResult) new FixtureCheck(longCase.golden(), new Tolerance(1e-5, 1e-6))
                .judge("made up", found);
        assertThat(sharper.ok()).isFalse();
        assertThat(sharper.notes()).isEmpty();
        CheckResult looser = (CheckResult) new FixtureCheck(longCase.golden(), new Tolerance(1e-5, 2e-5))
                .judge("made up", found);
        assertThat(looser.ok()).isTrue();
        assertThat(looser.notes().getFirst()).matches("raw_reads: 63 of 64 at the tolerance; 1 at up to "
                + "\\d[.\\de]+ times that, which is what float32 can know of them");
    }

    @Test
    void scanWithoutWeightsIsJudgedFromItsRecordedFeatures() throws Exception {
        openShort();
        GoldenCase scan = AlteredCases.withoutSidecar(longCase.golden());
        FixtureRun run = new FixtureRun(scan.fixture());
        limits = limits(Conditioning.ofScan(scan.fixture().config(), List.of(run.scanInput(0)),
                scan.name().hashCode()));
        int at = loosest(MathTensor.RAW_READS);
        for (double times : new double[]{0.9, 1.1}) {
            CheckResult result = (CheckResult) new FixtureCheck(scan, Tolerance.DEFAULT).judge("made up",
                    off(MathTensor.RAW_READS, Map.of(at, times)));
            assertThat(result.ok()).isEqualTo(times < 1);
        }
    }

    private CheckResult judged(TensorSet found) {
        return (CheckResult) new FixtureCheck(longCase.golden(), Tolerance.DEFAULT).judge("made up", found);
    }

    private TensorSet limits(Conditioning conditioning) {
        Map<MathTensor, BitSet> all = new EnumMap<>(MathTensor.class);
        TensorSet exact = conditioning.exact();
        for (MathTensor name : exact.names()) {
            BitSet values = new BitSet();
            values.set(0, exact.get(name).count());
            all.put(name, values);
        }
        return conditioning.limits(all);
    }

    /** Whether a limit is below a tenth of the tensor's root mean square. */
    private boolean knowable(MathTensor name, double limit) {
        double[] values = longCase.expected().get(name).toDoubles();
        double squares = 0;
        for (double value : values) {
            squares += value * value / values.length;
        }
        return limit < 0.1 * Math.sqrt(squares);
    }

    private List<Integer> beyondTheTolerance(MathTensor name) {
        Tensor limit = limits.get(name);
        Tensor expected = longCase.expected().get(name);
        List<Integer> beyond = new ArrayList<>();
        for (int i = 0; i < limit.count(); i++) {
            if (limit.at(i) > 2 * Tolerance.DEFAULT.limit(expected.at(i)) && knowable(name, limit.at(i))) {
                beyond.add(i);
            }
        }
        return beyond;
    }

    /** The value with the largest limit, in units of the tolerance, among those that can be known. */
    private int loosest(MathTensor name) {
        Tensor limit = limits.get(name);
        Tensor expected = longCase.expected().get(name);
        int loosest = -1;
        double largest = 0;
        for (int i = 0; i < limit.count(); i++) {
            double times = limit.at(i) / Tolerance.DEFAULT.limit(expected.at(i));
            if (times > largest && knowable(name, limit.at(i))) {
                loosest = i;
                largest = times;
            }
        }
        assertThat(largest).isGreaterThan(2);
        return loosest;
    }

    /** What is expected, with some values off by so many times their limits or the tolerance. */
    private TensorSet off(MathTensor name, Map<Integer, Double> changes) {
        Tensor expected = longCase.expected().get(name);
        double[] values = expected.toDoubles();
        changes.forEach((i, times) -> values[i] += times
                * Math.max(limits.get(name).at(i), Tolerance.DEFAULT.limit(values[i])));
        return with(name, changes.isEmpty() ? expected : Tensor.ofDoubles(expected.shape(), values));
    }

    private TensorSet with(MathTensor name, Tensor tensor) {
        Map<MathTensor, Tensor> found = new LinkedHashMap<>();
        TensorSet expected = longCase.expected();
        expected.names().forEach(each -> found.put(each, each == name ? tensor : expected.get(each)));
        return TensorSet.of(found);
    }
}
