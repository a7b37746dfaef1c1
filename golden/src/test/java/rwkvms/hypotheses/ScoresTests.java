package rwkvms.hypotheses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Scores and routes of two heads of three slots, and of two. */
final class ScoresTests {
    private static final double LEAST = -9;
    private static final double[] SCORES = {1, 3, 2, 5, 4, 6};

    @Test
    void theLargestOfEachHeadStay() {
        assertThat(Scores.keepTop(SCORES, 3, 2, LEAST)).containsExactly(LEAST, 3, 2, 5, LEAST, 6);
        assertThat(Scores.keepTop(SCORES, 3, 0, LEAST)).containsOnly(LEAST);
        assertThat(Scores.keepTop(SCORES, 3, 4, LEAST)).containsExactly(SCORES);
    }

    @Test
    void ofEqualScoresTheFirstStays() {
        assertThat(Scores.keepTop(new double[]{1, 2, 2, -3, -3, -3}, 3, 1, LEAST)).containsExactly(LEAST, 2, LEAST, -3,
                LEAST, LEAST);
    }

    @Test
    void theSmallestStayInstead() {
        assertThat(Scores.keepLowest(SCORES, 3, 1, LEAST)).containsExactly(1, LEAST, LEAST, LEAST, 4, LEAST);
    }

    /** The sums over heads are 3, 5 and 6. */
    @Test
    void theSameSlotsOfEveryHeadStay() {
        assertThat(Scores.keepTopOfMean(new double[]{1, 5, 0, 2, 0, 6}, 3, 2, LEAST)).containsExactly(LEAST, 5, 0,
                LEAST, 0, 6);
    }

    @Test
    void routesOfAHeadSumToOneHoweverLargeItsScores() {
        double[] routes = Scores.softmax(new double[]{0, Math.log(3), 5000, 5000 + Math.log(4)}, 2);
        assertThat(routes).containsExactly(new double[]{0.25, 0.75, 0.2, 0.8}, within(1e-12));
        assertThat(Scores.softmax(new double[]{-5000, -5000}, 2)).containsExactly(0.5, 0.5);
    }

    @Test
    void everySlotHasTheRouteOfItsHeadsFirst() {
        assertThat(Scores.ofFirstSlot(SCORES, 3)).containsExactly(1, 1, 1, 5, 5, 5);
        assertThat(Scores.ofFirstSlot(new double[]{1, 2, 3, 4}, 2)).containsExactly(1, 1, 3, 3);
    }

    /** The product is 50, and the norms are 5 and 10. */
    @Test
    void aCosineIsOverTheNormsOrTheirFloors() {
        double[] reads = {7, 3, 4};
        double[] r = {7, 7, 6, 8};
        assertThat(Scores.cosine(reads, 1, r, 2, 2, 1, 1)).isEqualTo(1);
        assertThat(Scores.cosine(reads, 1, r, 2, 2, 10, 1)).isEqualTo(0.5);
        assertThat(Scores.cosine(reads, 1, r, 2, 2, 1, 40)).isEqualTo(0.25);
    }
}
