package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The next token from logits: the candidates that each setting leaves, and their probabilities. */
final class SamplerTests {
    private static final float[] LOGITS = {0, 3, 1, 3, -1};
    private static final int DRAWS = 20_000;

    /** Settings without min-p, whose only penalty is that of repetition. */
    static Sampling sampling(double temperature, int topK, double topP, double repeat, long seed) {
        return new Sampling(temperature, topK, topP, 0, new Penalties(Penalties.USUAL_LAST, repeat, 0, 0), seed);
    }

    @Test
    void greedyTakesTheLargestAndOfEqualOnesTheFirst() {
        for (Sampling sampling : List.of(sampling(0, 0, 1, 1, 5), sampling(2, 1, 1, 1, 6))) {
            assertThat(new Sampler(sampling).next(LOGITS, List.of())).isEqualTo(1);
        }
    }

    @Test
    void sameSeedGivesTheSameChoices() {
        List<Integer> first = choices(7);
        assertThat(choices(7)).isEqualTo(first);
        assertThat(choices(8)).isNotEqualTo(first);
    }

    private static List<Integer> choices(long seed) {
        Sampler sampler = new Sampler(sampling(1.5, 0, 1, 1, seed));
        return IntStream.range(0, 40).map(i -> sampler.next(LOGITS, List.of())).boxed().toList();
    }

    /** Softmax of (ln 1, ln 2, ln 4, ln 8), and what top-k, top-p, min-p (applied after top-p) and temperature do. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            0, 1.0, 0,    1.0, 0.0667, 0.1333, 0.2667, 0.5333
            2, 1.0, 0,    1.0, 0,      0,      0.3333, 0.6667
            0, 0.5, 0,    1.0, 0,      0,      0,      1
            0, 0.6, 0,    1.0, 0,      0,      0.3333, 0.6667
            0, 0.0, 0,    1.0, 0,      0,      0,      1
            0, 1.0, 0,    0.5, 0.0118, 0.0471, 0.1882, 0.7529
            0, 1.0, 0.13, 1.0, 0,      0.1429, 0.2857, 0.5714
            0, 1.0, 0.26, 1.0, 0,      0,      0.3333, 0.6667
            0, 1.0, 0.51, 1.0, 0,      0,      0,      1
            0, 1.0, 1.0,  1.0, 0,      0,      0,      1
            0, 0.6, 0.13, 1.0, 0,      0,      0.3333, 0.6667
            """)
    void choicesHaveTheirProbabilities(int topK, double topP, double minP, double temperature, double a, double b,
            double c, double d) {
        float[] logits = {0, (float) Math.log(2), (float) Math.log(4), (float) Math.log(8)};
        double[] expected = {a, b, c, d};
        int[] counts = new int[expected.length];
        Sampler sampler = new Sampler(new Sampling(temperature, topK, topP, minP, new Penalties(0, 1, 0, 0), 3));
        for (int draw = 0; draw < DRAWS; draw++) {
            counts[sampler.next(logits, List.of())]++;
        }
        for (int token = 0; token < expected.length; token++) {
            assertThat(counts[token] / (double) DRAWS).as("token %d", token).isCloseTo(expected[token], within(0.015));
        }
    }

    @Test
    void repetitionIsPenalizedOnBothSidesOfZero() {
        Sampler sampler = new Sampler(sampling(0, 0, 1, 2, 0));
        assertThat(sampler.next(new float[]{3, 2, 1}, List.of(0))).isEqualTo(1);
        assertThat(sampler.next(new float[]{-1, -1.5f, -3}, List.of(0))).isEqualTo(1);
        assertThat(sampler.next(new float[]{3, 2, 1}, List.of(0, 0, 0))).isEqualTo(1);
        List<Integer> longAgo = IntStream.range(0, 65).map(i -> i == 0 ? 0 : 2).boxed().toList();
        assertThat(sampler.next(new float[]{3, 2, 1}, longAgo)).isZero();
    }

    private static int next(Penalties penalties, List<Integer> history) {
        return new Sampler(new Sampling(0, 0, 1, 0, penalties, 0)).next(new float[]{3, 2, 1}, history);
    }

    @Test
    void presenceCountsOnceAndFrequencyEachTime() {
        assertThat(next(new Penalties(64, 1, 0, 0.9), List.of(0, 0))).isZero();
        assertThat(next(new Penalties(64, 1, 0, 1.1), List.of(0))).isEqualTo(1);
        assertThat(next(new Penalties(64, 1, 0.6, 0), List.of(0))).isZero();
        assertThat(next(new Penalties(64, 1, 0.6, 0), List.of(0, 0))).isEqualTo(1);
        assertThat(next(new Penalties(64, 1, -1.5, 0), List.of(2, 2))).isEqualTo(2);
        assertThat(next(new Penalties(64, 1.4, 0.1, 0.1), List.of(0))).isEqualTo(1);
        assertThat(next(new Penalties(64, 1.4, 0, 0.1), List.of(0))).isZero();
    }

    @Test
    void howFarBackTokensCount() {
        List<Integer> history = List.of(0, 2, 2);
        assertThat(next(new Penalties(2, 1, 0, 5), history)).isZero();
        assertThat(next(new Penalties(3, 1, 0, 5), history)).isEqualTo(1);
        assertThat(next(new Penalties(-1, 1, 0, 5), history)).isEqualTo(1);
        assertThat(next(new Penalties(0, 1, 0, 5), history)).isZero();
        assertThat(next(new Penalties(100, 1, 0, 5), history)).isEqualTo(1);
    }

    /** The exact tokens, computed independently: a seed gives the same on every machine. */
    @Test
    void aSeedGivesTheseTokens() {
        Sampler sampler = new Sampler(sampling(1.5, 4, 0.98, 1.25, 7));
        List<Integer> history = new ArrayList<>(List.of(3, 3, 0));
        for (int i = 0; i < 24; i++) {
            history.add(sampler.next(LOGITS, history));
        }
        assertThat(history.subList(3, 27)).containsExactly(1, 1, 2, 3, 3, 1, 3, 1, 1, 3, 1, 0, 2, 2, 2, 3, 2, 1, 3, 3,
                3, 1, 1, 3);
    }

    @Test
    void onlyTheLastTokensArePenalized() {
        Sampler sampler = new Sampler(sampling(0, 0, 1, 2, 0));
        List<Integer> lastOfAll = IntStream.range(0, 64).map(i -> i == 0 ? 0 : 2).boxed().toList();
        assertThat(sampler.next(new float[]{3, 2, 1}, lastOfAll)).isEqualTo(1);
        assertThat(sampling(0, 40, 1, 1, 0).greedy()).isTrue();
        assertThat(sampling(1, 1, 1, 1, 0).greedy()).isTrue();
        assertThat(sampling(1, 2, 1, 1, 0).greedy()).isFalse();
    }
}
