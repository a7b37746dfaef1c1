package rwkvms.hypotheses;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Norms as they are not meant, of numbers whose norms are whole. */
final class NormsTests {
    private static final double[] GROUPS = {3, 4, 6, 8};

    @Test
    void theFloorIsAddedToTheNormOfEachGroup() {
        assertThat(Norms.added(GROUPS, 2, 5)).containsExactly(3.0 / 10, 4.0 / 10, 6.0 / 15, 8.0 / 15);
    }

    @Test
    void theFloorIsAddedUnderTheRootOfEachGroup() {
        assertThat(Norms.underTheRoot(new double[]{3, 4, 0, 5}, 2, 24)).containsExactly(3.0 / 7, 4.0 / 7, 0, 5.0 / 7);
    }

    @Test
    void productsAndSumsAreOfEachElement() {
        assertThat(Norms.product(GROUPS, new double[]{2, 3, 5, 7})).containsExactly(6, 12, 30, 56);
        assertThat(Norms.sum(GROUPS, new double[]{2, 3, 5, 7})).containsExactly(5, 7, 11, 15);
    }

    /** Of means 2 and 4 and variances 1 and 4; about zero the squares are 5 and 20. */
    @Test
    void aGroupNormDividesByWhatIsMadeOfVarianceAndWidth() {
        double[] x = {1, 3, 2, 6};
        double[] weight = {1, 2, 3, 4};
        assertThat(Norms.groupNorm(x, 2, weight, true, Double::sum)).containsExactly(-1.0 / 3, 1.0 / 3 * 2,
                -2.0 / 6 * 3, 2.0 / 6 * 4);
        assertThat(Norms.groupNorm(x, 2, weight, false, Double::sum)).containsExactly(1.0 / 7, 3.0 / 7 * 2,
                2.0 / 22 * 3, 6.0 / 22 * 4);
    }
}
