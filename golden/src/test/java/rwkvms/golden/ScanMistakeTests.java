package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ScanInput;
import rwkvms.runtime.TensorSet;
import rwkvms.tensor.Tensor;

/** Each mistake of the scan is the one that it names; the first token is computed by hand. */
final class ScanMistakeTests {
    private ScanInput input;
    private MemoryConfig config;

    private static ScanMistake mistake(String name) {
        return ScanMistake.ALL.stream().filter(each -> each.description().equals(name)).findFirst().orElseThrow();
    }

    private void open(String name) throws Exception {
        try (GoldenCase golden = AlteredCases.golden(name)) {
            config = golden.fixture().config();
            input = new FixtureRun(golden.fixture()).scanInput(0);
        }
    }

    /**
     * {@code Σ_j S[head, s, i, j]·r[head, j]} of the first token, S as the mistaken scan sees it, weighed by its own routes.
     */
    private interface Seen {
        double at(int head, int slot, int i, int j);
    }

    private void assertReads(TensorSet wrong, Seen seen) {
        int r = config.rank();
        Tensor routes = wrong.get(MathTensor.READ_ROUTES_PER_HEAD);
        for (int head = 0; head < config.numStateHeads(); head++) {
            for (int i = 0; i < r; i++) {
                double sum = 0;
                for (int s = 0; s < config.numStates(); s++) {
                    double read = 0;
                    for (int j = 0; j < r; j++) {
                        read += seen.at(head, s, i, j) * input.r().at(head * r + j);
                    }
                    sum += routes.at(head * config.numStates() + s) * read;
                }
                assertThat(wrong.get(MathTensor.RAW_READS).at(head * r + i)).isCloseTo(sum,
                        Offset.offset(1e-6 * (1 + Math.abs(sum))));
            }
        }
    }

    private double state(int head, int slot, int i, int j) {
        int r = config.rank();
        return input.state().at(((head * config.numStates() + slot) * r + i) * r + j);
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "heads-2", "three-states"})
    void aTransposedStateIsReadByColumns(String name) throws Exception {
        open(name);
        assertReads(mistake("the initial state transposed").run(config, input),
                (head, s, i, j) -> state(head, s, j, i));
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "heads-2", "three-states"})
    void aDecayedStateHasItsColumnsScaled(String name) throws Exception {
        open(name);
        int r = config.rank();
        TensorSet wrong = mistake("the read of the decayed state").run(config, input);
        assertReads(wrong, (head, s, i, j) -> state(head, s, i, j)
                * Math.exp(-Math.exp(input.w().at(head * r + j))));
        TensorSet sound = new ReferenceRuntime().scan(config, input);
        for (MathTensor same : List.of(MathTensor.FINAL_STATE, MathTensor.SLOT_INDICES, MathTensor.W_DECAY)) {
            assertThat(wrong.get(same).toDoubles()).as(same.label()).containsExactly(sound.get(same).toDoubles());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "heads-2"})
    void aLostStateReadsNothing(String name) throws Exception {
        open(name);
        assertReads(mistake("the initial state lost").run(config, input), (head, s, i, j) -> 0);
    }
}
