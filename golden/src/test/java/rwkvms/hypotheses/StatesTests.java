package rwkvms.hypotheses;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/** What is read of a state by mistake, of a state of the numbers 1 to 16: two heads of two slots, [N, K, r, r]. */
final class StatesTests {
    private static final MemoryConfig CONFIG = new MemoryConfig(1, 2, 2, 2, 1, 2, 1, 0, 1, UpdateMode.STANDARD,
            Set.of(), true, true, true);
    private static final double[] STATE = IntStream.rangeClosed(1, 16).asDoubleStream().toArray();
    /** Of the two heads. */
    private static final double[] DECAY = {2, 3, 5, 7};

    @Test
    void theDecayIsOfTheColumnInItsHead() {
        assertThat(States.decayed(CONFIG, STATE, DECAY)).containsExactly(2, 6, 6, 12, 10, 18, 14, 24, 45, 70, 55, 84,
                65, 98, 75, 112);
    }

    /** The matrix is 9 10, 11 12, and a is 10, 100. */
    @Test
    void aCorrectionIsOfAColumnOrOfADecayedRow() {
        double[] a = {-1, -1, 10, 100};
        assertThat(States.ofColumn(STATE, 8, 0, a, 2, 2)).isEqualTo(9 * 10 + 11 * 100);
        assertThat(States.ofColumn(STATE, 8, 1, a, 2, 2)).isEqualTo(10 * 10 + 12 * 100);
        assertThat(States.ofDecayed(STATE, 8, 0, a, 2, DECAY, 2)).isEqualTo(9 * 5 * 10 + 10 * 7 * 100);
        assertThat(States.ofDecayed(STATE, 8, 1, a, 2, DECAY, 2)).isEqualTo(11 * 5 * 10 + 12 * 7 * 100);
    }

    @Test
    void aCorrectionFromWhatIsKeptHasKeepAndDecay() {
        Rule kept = States.correctionFromKept().apply(Rule.CORRECT);
        double[] a = {-1, -1, 10, 100};
        assertThat(kept.correction(STATE, 8, 1, a, 2, DECAY, 2)).isEqualTo(11 * 5 * 10 + 12 * 7 * 100);
        assertThat(kept.erased(2, new double[]{1, 3}, new double[]{1, 5}, new double[]{7, 1}, 11, 1, 0))
                .isEqualTo(2 * 3 * (5 * 11) * 7);
    }

    /** Of 11 bits, the first behind the point of 1 is 2^-1 and the last 2^-10; ties go to the even one. */
    @ParameterizedTest
    @CsvSource({"1.0009765625, 11, true, 1.0009765625", "1.00048828125, 11, true, 1",
            "1.00146484375, 11, true, 1.001953125",
            "1.00146484375, 11, false, 1.0009765625", "-1.00146484375, 11, true, -1.001953125",
            "-1.00146484375, 11, false, -1.0009765625", "6.03125, 8, true, 6.03125", "6.046875, 8, true, 6.0625",
            "6.046875, 8, false, 6.03125", "0.0078125, 8, false, 0.0078125"})
    void aNumberKeepsSoManyBits(double value, int bits, boolean rounded, double kept) {
        assertThat(States.ofBits(value, bits, rounded)).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void whatHasNoBitsStaysAsItIs(Double value) {
        assertThat(States.ofBits(value, 8, true)).isEqualTo(value);
        assertThat(States.ofBits(value, 8, false)).isEqualTo(value);
    }
}
