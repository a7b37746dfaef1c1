package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Top-k of the read scores (math.md §4, step 2). */
final class TopKTests {
    private static final float GONE = -Float.MAX_VALUE;

    private static float[] masked(int k, float... scores) {
        TopK.mask(scores, k);
        return scores;
    }

    @Test
    void keepsTheLargest() {
        assertThat(masked(1, 1, 3, 2)).containsExactly(GONE, 3, GONE);
        assertThat(masked(2, 1, 3, 2)).containsExactly(GONE, 3, 2);
        assertThat(masked(2, -5, -7, -6, -8)).containsExactly(-5, GONE, -6, GONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3, 4})
    void outsideOneToKMinusOneKeepsAll(int k) {
        assertThat(masked(k, 1, 3, 2)).containsExactly(1, 3, 2);
    }

    @Test
    void tieKeepsTheLowestIndex() {
        assertThat(masked(1, 2, 2, 2)).containsExactly(2, GONE, GONE);
        assertThat(masked(2, 1, 5, 1, 1)).containsExactly(1, 5, GONE, GONE);
        assertThat(masked(1, 0f, -0f)).containsExactly(0f, GONE);
        assertThat(masked(1, -0f, 0f)).containsExactly(-0f, GONE);
    }

    @Property(tries = 200)
    void exactlyKStayAndNoneThatWentIsLarger(@ForAll @IntRange(min = 2, max = 8) int slots,
            @ForAll @IntRange(min = 1, max = 7) int k, @ForAll long seed) {
        Random random = new Random(seed);
        float[] scores = new float[slots];
        for (int s = 0; s < slots; s++) {
            scores[s] = random.nextInt(-4, 5) / 2f; // few values, so that many tie
        }
        int kept = Math.min(k, scores.length);
        float[] masked = masked(k, scores.clone());
        float least = Float.POSITIVE_INFINITY;
        float largestGone = Float.NEGATIVE_INFINITY;
        int same = 0;
        for (int s = 0; s < scores.length; s++) {
            boolean stayed = masked[s] != GONE;
            same += stayed ? 1 : 0;
            least = stayed ? Math.min(least, scores[s]) : least;
            largestGone = stayed ? largestGone : Math.max(largestGone, scores[s]);
            assertThat(masked[s]).isEqualTo(stayed ? scores[s] : GONE);
        }
        assertThat(same).isEqualTo(kept);
        assertThat(largestGone).isLessThanOrEqualTo(least);
    }
}
