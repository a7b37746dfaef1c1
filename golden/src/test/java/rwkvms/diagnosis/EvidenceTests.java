package rwkvms.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.comparison.Tolerance;
import rwkvms.golden.Calls;
import rwkvms.golden.CaseFiles;
import rwkvms.golden.CheckResult;
import rwkvms.golden.FixtureCheck;
import rwkvms.golden.FixtureRun;
import rwkvms.golden.GoldenCase;
import rwkvms.golden.StepSeen;
import rwkvms.hypotheses.Hypotheses;
import rwkvms.hypotheses.Hypothesis;
import rwkvms.math.MathTensor;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** How far what a runtime gave is from what a hypothesis gives, and where that begins. */
final class EvidenceTests {
    private static final Hypothesis CORRECT = Hypothesis.CORRECT;
    private static final Fit EQUAL = new Fit(0, 0, Place.NOWHERE, Integer.MAX_VALUE);

    private static Fit correct(Observation observation) throws Exception {
        try (Evidence evidence = Evidence.of(observation)) {
            assertThat(evidence.fit(CORRECT)).isEqualTo(evidence.correct());
            assertThat(evidence.beginning(CORRECT)).isEqualTo(evidence.correctBeginning());
            return evidence.correct();
        }
    }

    private static Fit correct(SmallCase small, TensorSet given) throws Exception {
        return correct(small.observed(given));
    }

    /** The fit of a value that is right but for this. */
    private static Fit off(double right, double by, Place place, int token) {
        double diff = Math.abs(right + by - right);
        return new Fit(diff / Tolerance.DEFAULT.limit(right), diff, place, token);
    }

    private static Place place(MathTensor tensor, int token) {
        return Place.of(tensor, token);
    }

    /** What is computed behind the rule's first difference does not count; a mistake that gives all values agrees the longest. */
    @Test
    void aMistakeSurpassesTheRuleIfItAgreesForLonger() throws Exception {
        SmallCase small = SmallCase.of("small", 12);
        for (int i = 0; i < Hypotheses.ALL.size(); i += 10) {
            Hypothesis made = Hypotheses.ALL.get(i);
            try (Evidence evidence = Evidence.of(small.making(made))) {
                if (evidence.correct().ratio() <= 1) {
                    continue;
                }
                assertThat(evidence.surpassesTheRule(CORRECT)).as(made.name()).isFalse();
                for (Hypothesis asked : Hypotheses.ALL) {
                    assertThat(evidence.surpassesTheRule(asked)).as("%s, asked for %s", made, asked).isEqualTo(
                            evidence.beginning(asked).first().compareTo(evidence.correctBeginning().first()) > 0);
                    assertThat(evidence.explainsBeginning(asked)).as("%s, asked for %s", made, asked)
                            .isEqualTo(evidence.beginning(asked).ratio() <= 1);
                }
            }
        }
    }

    @Test
    void whatAMistakeGivesFitsItAndNotTheRule() throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        assertThat(correct(small.making(CORRECT))).isEqualTo(EQUAL);
        Hypothesis mistake = Hypotheses.named("write is lambda").orElseThrow();
        try (Evidence evidence = Evidence.of(small.making(mistake))) {
            assertThat(evidence.fit(mistake)).isEqualTo(EQUAL);
            assertThat(evidence.beginning(mistake)).isEqualTo(EQUAL);
            assertThat(evidence.correct().ratio()).isGreaterThan(1000);
            assertThat(evidence.correct().first()).isEqualTo(place(MathTensor.WRITE, 0));
            assertThat(evidence.correct().token()).isZero();
            assertThat(evidence.observation().name()).isEqualTo("small without sidecar");
        }
    }

    @Test
    void oneValueIsMeasuredByTheToleranceAtTheHypothesis() throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        TensorSet right = small.values(CORRECT);
        double read = right.get(MathTensor.RAW_READS).at(5);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.RAW_READS, 5, -0.5)))
                .isEqualTo(off(read, -0.5, place(MathTensor.RAW_READS, 2), 2));
        double state = right.get(MathTensor.FINAL_STATE).at(7);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.FINAL_STATE, 7, 0.5)))
                .isEqualTo(off(state, 0.5, place(MathTensor.FINAL_STATE, 0), Integer.MAX_VALUE));
    }

    @Test
    void theFirstPlaceAndTheFirstTokenAreOfDifferentTensors() throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        TensorSet given = Mistaken.moved(small.values(CORRECT), MathTensor.RAW_READS, 6, 0.5);
        given = Mistaken.moved(given, MathTensor.RAW_READS, 2, 0.25);
        given = Mistaken.moved(given, MathTensor.KEEP, 4, 0.125);
        given = Mistaken.moved(given, MathTensor.READ_ROUTES, 7, 0.125);
        Fit fit = correct(small, given);
        assertThat(fit.first()).isEqualTo(place(MathTensor.KEEP, 0));
        assertThat(fit.token()).isEqualTo(1);
        double read = small.values(CORRECT).get(MathTensor.RAW_READS).at(6);
        assertThat(fit.maxAbsDiff()).isEqualTo(Math.abs(read + 0.5 - read));
        assertThat(fit.ratio()).isEqualTo(fit.maxAbsDiff() / Tolerance.DEFAULT.limit(read));
    }

    @Test
    void aDifferenceOfTheToleranceIsNoPlace() throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        TensorSet right = small.values(CORRECT);
        assertThat(correct(small, SmallCase.with(right, MathTensor.WRITE_ROUTES, 1, 1e-5)))
                .isEqualTo(new Fit(1, 1e-5, Place.NOWHERE, Integer.MAX_VALUE));
        double more = Math.nextUp(1e-5);
        assertThat(correct(small, SmallCase.with(right, MathTensor.WRITE_ROUTES, 1, more)))
                .isEqualTo(new Fit(more / 1e-5, more, place(MathTensor.WRITE_ROUTES, 0), 0));
    }

    @Test
    void wholeNumbersAreEqualOrNot() throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        TensorSet right = small.values(CORRECT);
        long[] slots = right.get(MathTensor.SLOT_INDICES).toLongs();
        slots[3]++;
        assertThat(
                correct(small, SmallCase.with(right, MathTensor.SLOT_INDICES, Tensor.ofLongs(Shape.of(1, 4), slots))))
                .isEqualTo(new Fit(Double.POSITIVE_INFINITY, 1, place(MathTensor.SLOT_INDICES, 3), 3));
    }

    /** A masked token leaves the state as it is, and reads nothing of it: infinity times nothing is no number. */
    private static SmallCase masked(double... state) {
        return SmallCase.of("masked", 1).withMask(false).with(MathTensor.INITIAL_STATE, state);
    }

    @ParameterizedTest
    @CsvSource({"Infinity, Infinity, true", "Infinity, -Infinity, false", "Infinity, 1, false", "Infinity, NaN, false",
            "NaN, NaN, true", "NaN, 1, false", "0.5, NaN, false", "0.5, Infinity, false"})
    void whatIsNoNumberEqualsItselfAlone(float would, double given, boolean equal) throws Exception {
        SmallCase small = masked(would, 0, 0, 0, 0, 0, 0, 0);
        Fit fit = correct(small, SmallCase.with(small.values(CORRECT), MathTensor.FINAL_STATE, 0, given));
        assertThat(fit).isEqualTo(equal
                ? EQUAL
                : new Fit(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, place(MathTensor.FINAL_STATE, 0),
                        Integer.MAX_VALUE));
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 1", "1, 3, 2", "1, 5, 2", "2, 4, 2"})
    void aTensorOfAnotherShapeFitsNothing(int batch, int tokens, int width) throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        Shape shape = Shape.of(batch, tokens, width);
        TensorSet given = SmallCase.with(small.values(CORRECT), MathTensor.RAW_READS,
                Tensor.ofDoubles(shape, new double[shape.count()]));
        assertThat(correct(small, given)).isEqualTo(new Fit(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY,
                place(MathTensor.RAW_READS, 0), 0));
    }

    /** What no hypothesis computes here, and what the fixture does not have. */
    @Test
    void otherTensorsAreLeftOut() throws Exception {
        SmallCase small = SmallCase.of("small", 4);
        Tensor zeros = Tensor.ofDoubles(Shape.of(1, 4, 2), new double[8]);
        TensorSet given = SmallCase.with(small.values(CORRECT), MathTensor.FEATURE_R, zeros);
        assertThat(correct(small, SmallCase.with(given, MathTensor.READS, zeros))).isEqualTo(EQUAL);
    }

    /**
     * Of a tensor that a mistake makes more than ten times as large as it should be, float32's roundings are of that size: 8
     * here, and a value is off by 5e-5.
     */
    @ParameterizedTest
    @CsvSource({"0.8, 0.1, false", "0.79, 0.1, true", "-0.8, 0.1, false", "0.5, Infinity, true", "0.5, NaN, true"})
    void theToleranceGrowsWithTheTensor(double right, double other, boolean grown) throws Exception {
        assertThat(offInGrownTensor(right, other).ratio()).isEqualTo(grown ? 5e-5 / (1e-5 + 1e-5 * 8) : 5);
    }

    /** What top-k leaves out is as large as float32 can be, and no measure. */
    @Test
    void whatTopKLeavesOutDoesNotCount() throws Exception {
        double half = (double) Float.MAX_VALUE / 2;
        assertThat(offInGrownTensor(0.5, half).ratio()).isEqualTo(5e-5 / (1e-5 + 1e-5 * 8));
        assertThat(offInGrownTensor(0.5, Math.nextDown(half)).ratio()).isEqualTo(5);
        SmallCase small = masked(-Float.MAX_VALUE, 0, 0.5, 0, 0, 0, 0, 0);
        assertThat(correct(small, SmallCase.with(small.values(CORRECT), MathTensor.FINAL_STATE, 1, 5e-5)).ratio())
                .isEqualTo(5);
    }

    private static Fit offInGrownTensor(double right, double other) throws Exception {
        SmallCase small = masked(8, 0, 0, 0, 0, 0, 0, 0).with(MathTensor.FINAL_STATE,
                Tensor.ofDoubles(Shape.of(1, 1, 2, 2, 2), right, 0, 0, other, 0, 0, 0, 0));
        return correct(small, SmallCase.with(small.values(CORRECT), MathTensor.FINAL_STATE, 1, 5e-5));
    }

    /** Of 20 tokens, with a difference of 0.5 at this one, of 1 at the last and of 2 in the state behind it. */
    private static Observation twenty(int token) {
        SmallCase small = SmallCase.of("twenty", 20);
        TensorSet given = Mistaken.moved(small.values(CORRECT), MathTensor.WRITE_ROUTES, 2 * token, 0.5);
        given = Mistaken.moved(given, MathTensor.WRITE_ROUTES, 2 * 19, 1);
        return small.observed(Mistaken.moved(given, MathTensor.FINAL_STATE, 0, 2));
    }

    /** Eight tokens from the first that differs on. */
    @ParameterizedTest
    @CsvSource({"3, 0.5", "11, 0.5", "12, 2"})
    void theBeginningEndsAFewTokensBehindTheFirstThatDiffers(int token, double largest) throws Exception {
        try (Evidence evidence = Evidence.of(twenty(token))) {
            assertThat(evidence.correct().maxAbsDiff()).isEqualTo(2, within(1e-9));
            assertThat(evidence.correct().token()).isEqualTo(token);
            assertThat(evidence.correctBeginning().maxAbsDiff()).isEqualTo(largest,
                    within(1e-9));
            assertThat(evidence.correctBeginning().token()).isEqualTo(token);
            assertThat(evidence.beginning(CORRECT)).isEqualTo(evidence.correctBeginning());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 11})
    void theBeginningHasAllOfItsTokens(int token) throws Exception {
        SmallCase small = SmallCase.of("twenty", 20);
        TensorSet given = Mistaken.moved(small.values(CORRECT), MathTensor.WRITE_ROUTES, 2 * 3, 0.5);
        given = Mistaken.moved(given, MathTensor.WRITE_ROUTES, 2 * token, 1);
        try (Evidence evidence = Evidence.of(small.observed(given))) {
            assertThat(evidence.correctBeginning().maxAbsDiff()).isEqualTo(token < 3 + 8 ? 1 : 0.5);
        }
    }

    @Test
    void rowsOfTheBatchAreToldApart() throws Exception {
        SmallCase small = SmallCase.of("batch", 3).withBatch(2).withMask(true, true, true, true, false, true);
        TensorSet right = small.values(CORRECT);
        assertThat(correct(small, right)).isEqualTo(EQUAL);
        double read = right.get(MathTensor.RAW_READS).at((3 + 2) * 2 + 1);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.RAW_READS, (3 + 2) * 2 + 1, 0.5)))
                .isEqualTo(off(read, 0.5, place(MathTensor.RAW_READS, 2), 2));
    }

    @Test
    void rowsOfKeptTokensAreHeldAgainstTheirTokens() throws Exception {
        SmallCase small = SmallCase.of("kept", 6).withBatch(2).keeping(MathTensor.RAW_READS, 1, 2, 5);
        TensorSet right = small.values(CORRECT);
        assertThat(right.get(MathTensor.RAW_READS).shape()).isEqualTo(Shape.of(2, 3, 2));
        assertThat(correct(small, right)).isEqualTo(EQUAL);
        double read = small.whole(CORRECT).get(MathTensor.RAW_READS).at((6 + 5) * 2 + 1);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.RAW_READS, (3 + 2) * 2 + 1, 0.5)))
                .isEqualTo(off(read, 0.5, place(MathTensor.RAW_READS, 5), 5));
    }

    @Test
    void theBeginningHasTheKeptTokensInIt() throws Exception {
        SmallCase small = SmallCase.of("kept", 20).withBatch(2).keeping(MathTensor.RAW_READS, 1, 9, 10, 15);
        TensorSet given = Mistaken.moved(small.values(CORRECT), MathTensor.RAW_READS, 0, 0.25);
        try (Evidence evidence = Evidence
                .of(small.observed(Mistaken.moved(given, MathTensor.RAW_READS, (4 + 2) * 2, 0.5)))) {
            assertThat(evidence.correct().token()).isEqualTo(1);
            assertThat(evidence.correct().maxAbsDiff()).isGreaterThan(0.4);
            assertThat(evidence.correctBeginning().token()).isEqualTo(1);
            assertThat(evidence.correctBeginning().maxAbsDiff()).isLessThan(0.3);
        }
    }

    /** Of empty slots each scores nothing: which one top-k keeps does not matter, and behind the first write it does. */
    @Test
    void tiedRoutesFitAnything() throws Exception {
        SmallCase small = SmallCase.of("tied", 2).withBatch(2).with(config -> config.withReadTopK(1))
                .with(MathTensor.INITIAL_STATE, new double[16]);
        TensorSet right = small.values(CORRECT);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.READ_ROUTES, 4, -1))).isEqualTo(EQUAL);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.READ_ROUTES, 6, -1)))
                .isEqualTo(off(right.get(MathTensor.READ_ROUTES).at(6), -1, place(MathTensor.READ_ROUTES, 1), 1));
        assertThat(correct(small, Mistaken.moved(right, MathTensor.RAW_READS, 0, 1)).token()).isZero();
        TensorSet narrow = SmallCase.with(right, MathTensor.READ_ROUTES,
                Tensor.ofDoubles(Shape.of(2, 2, 1), 0, 0, 0, 0));
        assertThat(correct(small, narrow).ratio()).isInfinite();
    }

    /** Rows of a tensor are not its tokens if not all are kept: here only the first token ties. */
    @Test
    void tiesAreOfTheTokenThatARowIs() throws Exception {
        SmallCase small = SmallCase.of("tied", 3).withBatch(2).with(config -> config.withReadTopK(1))
                .with(MathTensor.INITIAL_STATE, new double[16]).keeping(MathTensor.READ_ROUTES, 0, 2);
        TensorSet right = small.values(CORRECT);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.READ_ROUTES, 4, 1))).isEqualTo(EQUAL);
        assertThat(correct(small, Mistaken.moved(right, MathTensor.READ_ROUTES, 6, 1)).token()).isEqualTo(2);
        SmallCase last = small.keeping(MathTensor.READ_ROUTES, 1, 2);
        assertThat(correct(last, Mistaken.moved(last.values(CORRECT), MathTensor.READ_ROUTES, 4, 1)).token())
                .isEqualTo(1);
    }

    /** Nothing is written in the second sequence, whose scores therefore tie in the step too, tokens 1 and 2. */
    @Test
    void tiesOfAStepAreThoseOfItsTokens() throws Exception {
        SmallCase small = SmallCase.of("tied", 3).withBatch(2).with(config -> config.withReadTopK(1))
                .with(MathTensor.INITIAL_STATE, new double[16]).withMask(true, true, true, false, false, true);
        FixtureRun run = new FixtureRun(small.fixture());
        List<ForwardInput> inputs = List.of(run.streaming(0).tokens(1, 3), run.streaming(1).tokens(1, 3));
        Tensor routes = small.values(CORRECT).get(MathTensor.READ_ROUTES);
        Tensor would = Tensor.concatenate(
                routes.rows(0, 1).reshape(Shape.of(3, 2)).rows(0, 2).reshape(Shape.of(1, 2, 2)),
                routes.rows(1, 2).reshape(Shape.of(3, 2)).rows(0, 2).reshape(Shape.of(1, 2, 2)));
        TensorSet given = TensorSet.of(Map.of(MathTensor.READ_ROUTES, would));
        for (int element = 0; element < 8; element++) {
            StepSeen step = new StepSeen(1, List.of(run.initialState(0), run.initialState(1)), inputs, given,
                    Mistaken.moved(given, MathTensor.READ_ROUTES, element, 1));
            Observation whole = small.making(CORRECT);
            Fit fit = correct(new Observation(whole.fixture(), whole.sidecar(), Calls.steps(2), whole.result(),
                    step.given(), Optional.of(step)));
            assertThat(fit.maxAbsDiff() > 0).as("element %d", element).isEqualTo(element < 4);
            assertThat(fit.token()).isEqualTo(element < 4 ? element / 2 : Integer.MAX_VALUE);
        }
    }

    /** Of nine tokens in calls of two, the beginning has eight, and no call behind them. */
    @Test
    void theBeginningOfChunksHasTheCallsInIt() throws Exception {
        Hypothesis mistake = Hypotheses.named("write is lambda").orElseThrow();
        try (GoldenCase golden = GoldenCase.open(CaseFiles.in(Path.of(System.getProperty("rwkvms.root", ".."),
                "golden/data/semantics-2-topk-2")).orElseThrow())) {
            TensorSet given = Mistaken.values(mistake, golden);
            CheckResult result = (CheckResult) new FixtureCheck(golden, Tolerance.DEFAULT).judge("fake", given);
            try (Evidence evidence = Evidence.of(Observation.of(golden, Calls.chunks(2), result, given))) {
                assertThat(evidence.beginning(mistake).ratio()).isLessThan(1);
                assertThat(evidence.fit(mistake).ratio()).isLessThan(1);
                assertThat(evidence.correctBeginning().ratio()).isGreaterThan(10);
            }
        }
    }
}
