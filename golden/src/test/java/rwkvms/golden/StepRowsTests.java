package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.Fixture;
import rwkvms.math.MathTensor;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Three steps of three sequences, the third token between them left out, against what exact arithmetic gives. */
final class StepRowsTests {
    private static final Steps STEPS = new Steps(
            List.of(new Steps.Step(0, 2), new Steps.Step(3, 4), new Steps.Step(4, 7)));
    private static final int BATCH = 3;
    private static final int RANK = 8;

    @SuppressWarnings("NullAway.Init") // opened before all tests
    private static GoldenCase golden;
    @SuppressWarnings("NullAway.Init")
    private static TrueStates states;

    @BeforeAll
    static void open() throws Exception {
        golden = AlteredCases.golden("batch-mask");
        states = TrueStates.of(golden);
    }

    @AfterAll
    static void close() {
        golden.close();
    }

    private static StepTruth truth(int row, int step) {
        return StepTruth.of(golden.fixture(), states, row, STEPS.all().get(step));
    }

    /** What a runtime gives that is right. */
    private static TensorSet right() {
        Map<MathTensor, Tensor> right = new EnumMap<>(MathTensor.class);
        for (MathTensor name : truth(0, 0).expected().keySet()) {
            right.put(name, Tensor.concatenate(IntStream.range(0, BATCH).mapToObj(row -> {
                Tensor all = Tensor.concatenate(IntStream.range(0, STEPS.all().size()).mapToObj(step -> {
                    Tensor part = truth(row, step).of(name);
                    return part.reshape(part.shape().withoutFirst());
                }).toArray(Tensor[]::new));
                return all.reshape(all.shape().prepend(1));
            }).toArray(Tensor[]::new)));
        }
        return TensorSet.of(right);
    }

    private static TensorSet with(TensorSet values, MathTensor name, Tensor tensor) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        values.names().forEach(each -> tensors.put(each, values.get(each)));
        tensors.put(name, tensor);
        return TensorSet.of(tensors);
    }

    private static TensorSet without(TensorSet values, MathTensor name) {
        Map<MathTensor, Tensor> tensors = new EnumMap<>(MathTensor.class);
        values.names().stream().filter(each -> each != name).forEach(each -> tensors.put(each, values.get(each)));
        return TensorSet.of(tensors);
    }

    private static TensorSet moved(TensorSet values, MathTensor name, int element, double by) {
        double[] numbers = values.get(name).toDoubles();
        numbers[element] += by;
        return with(values, name, Tensor.ofDoubles(values.get(name).shape(), numbers));
    }

    /** Adds every step of every sequence, and lists those that are wrong as row and step. */
    private static List<List<Integer>> wrong(StepRows rows, TensorSet given, Tolerance tolerance, Fixture fixture) {
        assertThat(rows.errors(truth(0, 0), given, "fake")).isEmpty();
        Ties ties = Ties.of(fixture);
        List<List<Integer>> wrong = new ArrayList<>();
        for (int step = 0; step < STEPS.all().size(); step++) {
            for (int row = 0; row < BATCH; row++) {
                if (!rows.add(row, step, truth(row, step), given, tolerance, ties)) {
                    wrong.add(List.of(row, step));
                }
            }
        }
        return wrong;
    }

    private static List<List<Integer>> wrong(StepRows rows, TensorSet given) {
        return wrong(rows, given, Tolerance.DEFAULT, golden.fixture());
    }

    private static List<TensorComparison> failed(StepRows rows) {
        return rows.compared(Tolerance.DEFAULT, Ties.of(golden.fixture())).stream().filter(each -> !each.passed())
                .toList();
    }

    @Test
    void theTruthIsRight() {
        StepRows rows = new StepRows(STEPS, BATCH);
        assertThat(wrong(rows, right())).isEmpty();
        assertThat(rows.names()).isEqualTo(right().names()).contains(MathTensor.STATE_AFTER,
                MathTensor.POSITIONS_AFTER, MathTensor.RAW_READS).doesNotContain(MathTensor.FINAL_STATE);
        assertThat(failed(rows)).isEmpty();
        Map<MathTensor, Integer> elements = new EnumMap<>(MathTensor.class);
        rows.compared(Tolerance.DEFAULT, Ties.of(golden.fixture()))
                .forEach(each -> elements.put(each.tensor(), each.elements()));
        assertThat(elements).containsEntry(MathTensor.RAW_READS, BATCH * 6 * RANK)
                .containsEntry(MathTensor.POSITIONS_AFTER, BATCH * 3);
    }

    @Test
    void aValueIsFoundAtItsSequenceAndToken() {
        StepRows rows = new StepRows(STEPS, BATCH);
        TensorSet given = moved(right(), MathTensor.RAW_READS, (6 + 4) * RANK + 5, 1);
        assertThat(wrong(rows, given)).containsExactly(List.of(1, 2));
        assertThat(failed(rows)).singleElement().satisfies(each -> {
            assertThat(each.tensor()).isEqualTo(MathTensor.RAW_READS);
            assertThat(each.earliest().orElseThrow().index()).isEqualTo("[1, 5, 5]");
            assertThat(each.earliest().orElseThrow().token()).isEqualTo(5);
        });
    }

    @Test
    void aStateInTheEndIsOfTheLastTokenOfItsStep() {
        StepRows rows = new StepRows(STEPS, BATCH);
        TensorSet right = right();
        int perState = right.get(MathTensor.STATE_AFTER).count() / (BATCH * 3);
        assertThat(wrong(rows, moved(right, MathTensor.STATE_AFTER, (2 * 3 + 1) * perState, 1)))
                .containsExactly(List.of(2, 1));
        assertThat(failed(rows)).singleElement().satisfies(each -> {
            assertThat(each.tensor()).isEqualTo(MathTensor.STATE_AFTER);
            assertThat(each.earliest().orElseThrow().token()).isEqualTo(3);
        });
    }

    @Test
    void wholeNumbersMustBeEqual() {
        StepRows rows = new StepRows(STEPS, BATCH);
        long[] positions = right().get(MathTensor.POSITIONS_AFTER).toLongs();
        positions[2]++;
        TensorSet given = with(right(), MathTensor.POSITIONS_AFTER, Tensor.ofLongs(Shape.of(BATCH, 3), positions));
        assertThat(wrong(rows, given)).containsExactly(List.of(0, 2));
        assertThat(failed(rows)).extracting(TensorComparison::tensor).containsExactly(MathTensor.POSITIONS_AFTER);
        assertThat(wrong(new StepRows(STEPS, BATCH), moved(given, MathTensor.RAW_READS, 0, 1)))
                .containsExactly(List.of(0, 0), List.of(0, 2));
    }

    /** Below 1e-5 what float32 can know is not asked for. */
    @Test
    void aSharperToleranceHoldsAsItIs() {
        TensorSet given = moved(right(), MathTensor.RAW_READS, 0, 1e-7);
        assertThat(wrong(new StepRows(STEPS, BATCH), given)).isEmpty();
        StepRows sharp = new StepRows(STEPS, BATCH);
        assertThat(wrong(sharp, given, new Tolerance(1e-9, 1e-9), golden.fixture())).containsExactly(List.of(0, 0));
        assertThat(sharp.compared(new Tolerance(1e-9, 1e-9), Ties.of(golden.fixture())))
                .filteredOn(each -> !each.passed()).extracting(TensorComparison::tensor)
                .containsExactly(MathTensor.RAW_READS);
    }

    /** With an empty state all slots score the same before the first write, so that top-k may keep any. */
    @Test
    void tiedRoutesAreNotJudged() {
        Fixture tied = AlteredCases.withInput(golden.fixture(), MathTensor.INITIAL_STATE, Tensor.ofFloats(
                golden.fixture().input(MathTensor.INITIAL_STATE).shape(),
                new float[golden.fixture().input(MathTensor.INITIAL_STATE).count()]));
        Fixture top = new Fixture(tied.schema(), tied.createdAt(), tied.source(), tied.pass(),
                tied.config().withReadTopK(2), tied.adapterTensors(), tied.inputs(), tied.expected(), tied.unknown());
        TensorSet right = right();
        int slots = tied.config().numStates();
        StepRows rows = new StepRows(STEPS, BATCH);
        assertThat(wrong(rows, moved(right, MathTensor.READ_ROUTES, 6 * slots, 1), Tolerance.DEFAULT, top)).isEmpty();
        assertThat(rows.compared(Tolerance.DEFAULT, Ties.of(top))).allMatch(TensorComparison::passed);
        assertThat(wrong(new StepRows(STEPS, BATCH), moved(right, MathTensor.RAW_READS, 6 * RANK, 1),
                Tolerance.DEFAULT, top)).containsExactly(List.of(1, 0));
    }

    @Test
    void whatARuntimeGivesInAnotherFormIsSaid() {
        TensorSet right = right();
        StepRows rows = new StepRows(STEPS, BATCH);
        assertThat(rows.errors(truth(0, 0), without(right, MathTensor.KEEP), "fake"))
                .containsExactly("keep: the runtime fake gave no such tensor");
        assertThat(rows.errors(truth(0, 0), with(right, MathTensor.RAW_READS,
                right.get(MathTensor.RAW_READS).reshape(Shape.of(BATCH, 12, 4))), "fake")).containsExactly(
                        "raw_reads: expected shape [3, 6, 8] of all steps, found [3, 12, 4] from the runtime fake");
        assertThat(rows.errors(truth(0, 0), with(right, MathTensor.POSITIONS_AFTER,
                Tensor.ofDoubles(Shape.of(BATCH, 3), new double[9])), "fake")).containsExactly(
                        "positions_after: expected int64, found float64 from the runtime fake");
    }

    @Test
    void whichTokensWereJudgedIsSaidIfNotAllWere() {
        StepRows rows = new StepRows(STEPS, BATCH);
        assertThat(rows.notes(3, 7)).containsExactly("6 of 7 tokens, in steps at boundaries");
        assertThat(rows.notes(3, 6)).isEmpty();
        assertThat(rows.notes(2, 7)).containsExactly(
                "the steps behind the first that differs were not judged: 1 of 3");
        assertThat(rows.notes(0, 7)).containsExactly(
                "the steps behind the first that differs were not judged: 3 of 3");
    }
}
