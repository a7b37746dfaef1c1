package rwkvms.conditioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits stay those of a seed: the random numbers are SplittableRandom's. */
final class RandomRoundingTests {
    private static final int NUMBERS = 1000;

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 0x9e3779b97f4a7c15L, Long.MIN_VALUE})
    void roundingsAreThoseOfSplittableRandom(long seed) {
        Rounding own = new RandomRounding(4, seed).ofItsOwn(3);
        Rounding rounding = new RandomRounding(4, seed);
        SplittableRandom random = new SplittableRandom(seed);
        SplittableRandom another = new SplittableRandom(Seeds.of(seed, 3));
        for (int i = 0; i < NUMBERS; i++) {
            assertThat(rounding.off(1, i)).isEqualTo(1 + 4 * 0x1p-24 * i * (2 * random.nextDouble() - 1));
            assertThat(own.off(0, 1)).isEqualTo(4 * 0x1p-24 * (2 * another.nextDouble() - 1));
        }
    }
}
