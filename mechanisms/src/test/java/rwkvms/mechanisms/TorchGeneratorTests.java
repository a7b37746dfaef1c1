package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Words and draws that PyTorch 1.13 and 2.13 print (mechanisms.md 3.1). */
class TorchGeneratorTests {
    /** One unit in the last place of a float32 between 1 and 2, and half a unit of the last printed digit. */
    private static final double PRINTED = 1.3e-7;

    @Test
    void seedZeroGivesPyTorchsWords() {
        Mt19937 random = new Mt19937(0);
        long[] words = new long[10];
        Arrays.setAll(words, i -> random.nextWord());

        assertThat(words).containsExactly(2357136044L, 2546248239L, 3071714933L, 3626093760L, 2588848963L, 3684848379L,
                2340255427L, 3638918503L, 1819583497L, 2678185683L);
    }

    @ParameterizedTest
    @CsvSource({"1, 1791095845, 4282876139, 3093770124, -1.5255959, -0.7502318, -0.6539809, -1.6094848",
            "100, 2333906440, 2882591512, 1195587395, 0.12684928, 1.35639787, 0.56322306, -0.10392858",
            "508, 1397775013, 1724333663, 3818866136, 0.12872194, -1.29992533, 0.09967722, 1.56362259",
            "1234, 822569775, 2137449171, 2671936806, -0.11171857, -0.49659011, 0.16307370, -0.88168776"})
    void otherSeeds(int seed, long first, long second, long third, double a, double b, double c, double d) {
        Mt19937 random = new Mt19937(seed);
        assertThat(new long[]{random.nextWord(), random.nextWord(), random.nextWord()}).containsExactly(first, second,
                third);
        assertThat(Arrays.copyOf(new TorchGenerator(seed).randn(32), 4)).containsExactly(new double[]{a, b, c, d},
                within(PRINTED));
    }

    @Test
    void seedZeroDrawsWhatPyTorchPrints() {
        TorchGenerator random = new TorchGenerator(0);
        double[] drawn = random.randn(32);

        assertThat(Arrays.copyOf(drawn, 16)).containsExactly(
                new double[]{-1.12583983, -1.15236020, -0.25057858, -0.43387881, 0.84871036, 0.69200915, -0.31601277,
                        -2.11521935, 0.32227492, -1.26333475, 0.34998319, 0.30813393, 0.11984151, 1.23765790,
                        1.11677718, -0.24727815},
                within(PRINTED));
        assertThat(Vectors.norm(drawn)).isCloseTo(5.69197512, within(PRINTED));
        assertThat(Arrays.copyOf(Vectors.unit(drawn), 4)).containsExactly(
                new double[]{-0.19779423, -0.20245348, -0.04402313, -0.07622641}, within(PRINTED));
        assertThat(random.randint(-2, 3)).isEqualTo(1);
        assertThat(Arrays.copyOf(random.randn(32), 4)).containsExactly(
                new double[]{0.03159274, -0.49267697, 0.24841475, 0.43969584}, within(PRINTED));
        assertThat(random.consumed()).isEqualTo(32 + 1 + 32);
    }

    @Test
    void theFirstTokenOfTheFirstSequence() {
        double[][] tokens = DriftSequence.draw(new TorchGenerator(0), 1, 24, DriftSequence.NOISE).tokens();

        assertThat(tokens).hasNumberOfRows(25);
        assertThat(Arrays.copyOf(tokens[0], 4)).containsExactly(
                new double[]{-0.19684644, -0.21723379, -0.03657069, -0.06303553}, within(PRINTED));
    }

    @Test
    void refusesWhatItWouldDrawDifferentlyFromPyTorch() {
        assertThatThrownBy(() -> new TorchGenerator(0).randn(20)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("randn: expected a positive multiple of 16, found 20");
        assertThatThrownBy(() -> new TorchGenerator(0).randn(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("randn: expected a positive multiple of 16, found 0");
        assertThatThrownBy(() -> new TorchGenerator(0).randint(3, 3)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("randint: expected low < high, found 3 and 3");
    }
}
