package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scalar functions at the edges of math.md's definitions. */
final class ScalarsTests {
    @Test
    void softplusReturnsItsArgumentAboveTwenty() {
        assertThat(Scalars.softplus(Math.nextUp(20.0))).isEqualTo(Math.nextUp(20.0));
        assertThat(Scalars.softplus(20.0)).isEqualTo(Math.log1p(Math.exp(20.0))).isNotEqualTo(20.0);
        assertThat(Scalars.softplus(1e308)).isEqualTo(1e308);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-700, -40, -20, -1, 0, 1, 19.999})
    void softplusIsTheLogarithmOfOnePlusExp(double z) {
        // ln(1 + e^z) = z + ln(1 + e^-z)
        double other = z < 0 ? Math.log1p(Math.exp(z)) : z + Math.log1p(Math.exp(-z));
        assertThat(Scalars.softplus(z)).isCloseTo(other, within(1e-14));
        assertThat(Scalars.softplus(z)).isPositive();
    }

    @Test
    void sigmoidHasItsLimits() {
        assertThat(Scalars.sigmoid(0)).isEqualTo(0.5);
        assertThat(Scalars.sigmoid(800)).isEqualTo(1);
        assertThat(Scalars.sigmoid(-800)).isZero();
    }

    @Test
    void headsAreNormalisedEachByItself() {
        double[] u = {3, 4, 0, 5, 1e-9, 0};
        Scalars.normalizeHeads(u, 2, 1e-6);
        assertThat(u).containsExactly(new double[]{0.6, 0.8, 0, 1, 1e-3, 0}, within(1e-15));
    }

    @Test
    void zeroHeadStaysZero() {
        double[] u = {0, 0};
        Scalars.normalizeHeads(u, 2, 1e-12);
        assertThat(u).containsExactly(0, 0);
    }
}
