package rwkvms.hypotheses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;

/** What each mistake makes of its step, by its name and on numbers made by hand, and where settings keep it from showing. */
final class MistakesTests {
    private static final Offset<Double> NEAR = within(1e-12);
    /** Rank 2, two heads, three slots of four tokens, alpha 6. */
    private static final MemoryConfig CONFIG = new MemoryConfig(1, 2, 2, 3, 4, 6, 0.5, 0, 1, UpdateMode.STANDARD,
            Set.of(), true, true, true);
    private static final MemoryConfig SEMANTICS_2 = CONFIG.withSemanticsVersion(2);
    private static final MemoryConfig RAW = CONFIG.withNormalizeQk(false);
    private static final MemoryConfig NO_LAMBDA = CONFIG.withUpdateMode(UpdateMode.NO_LAMBDA);
    private static final MemoryConfig OUTSIDE = CONFIG.withUpdateMode(UpdateMode.LAMBDA_OUTSIDE);
    private static final MemoryConfig FREE = CONFIG.withCoupleLambda(false);
    private static final MemoryConfig SCALAR = CONFIG.withRankwiseGates(false);

    /** Made anew, as it is for a pair. */
    private static Rule rule(String name) {
        return Hypothesis.CORRECT.and(Hypotheses.named(name).orElseThrow()).rule();
    }

    private static double[] of(double... values) {
        return values;
    }

    // math.md §1

    private static final double[] SOURCE = {7, 7, 7, 7};
    /** With norms 5 and 10, and after tanh along the first axis alone. */
    private static final double[] THREE_FOUR = {3, 4, 6, 8};
    private static final double[] ALONG = {1, 0, 2, 0};
    private static final double[] UNITS = {1, 0, 1, 0};
    private static final double[] TANH = {Math.tanh(1), 0, Math.tanh(2), 0};

    private static void assertQueries(String name, MemoryConfig config, double[] raw, double... expected) {
        assertThat(rule(name).query(config, raw, SOURCE)).as(name).containsExactly(expected, within(1e-9));
        assertThat(rule(name).key(config, raw, SOURCE)).as(name).containsExactly(expected, within(1e-9));
    }

    private static void assertSource(String name, MemoryConfig config, double[] raw, double... expected) {
        assertThat(rule(name).source(config, raw)).as(name).containsExactly(expected, within(1e-9));
    }

    @Test
    void queriesAndKeysAreNormalisedInAnotherWay() {
        assertQueries("q and k without tanh", CONFIG, THREE_FOUR, 0.6, 0.8, 0.6, 0.8);
        assertQueries("q and k without the norm", CONFIG, ALONG, TANH);
        assertQueries("q and k without the norm", RAW, ALONG, ALONG);
        assertQueries("q and k without the norm", SEMANTICS_2, ALONG, SOURCE);
        assertSource("q and k without the norm", SEMANTICS_2, ALONG, UNITS);
        assertQueries("no floor of 1e-6 under the norm of q and k", CONFIG, of(3e-8, 4e-8, 1, 0), 0.6, 0.8, 1, 0);
        assertQueries("a floor of 1e-8 under the norm of q and k", CONFIG, of(3e-10, 4e-10, 1, 0), 0.03, 0.04, 1, 0);
        assertQueries("q and k normalised without normalize_qk", RAW, ALONG, UNITS);
        assertQueries("q and k normalised without normalize_qk", SEMANTICS_2, ALONG, SOURCE);
        assertQueries("q and k never normalised", CONFIG, ALONG, ALONG);
        assertQueries("q and k never normalised", SEMANTICS_2, ALONG, SOURCE);
        assertQueries("q and k of their own in semantics 2", SEMANTICS_2, ALONG, UNITS);
        assertQueries("q and k of their own in semantics 2", SEMANTICS_2.withNormalizeQk(false), ALONG, ALONG);
    }

    @Test
    void theSourceIsNormalisedInAnotherWay() {
        String all = "q, k and the source of semantics 2 without the norm";
        assertSource(all, SEMANTICS_2, ALONG, TANH);
        assertSource(all, CONFIG, ALONG, ALONG);
        assertQueries(all, CONFIG, ALONG, TANH);
        assertSource("q, k and the source of semantics 2 without tanh", SEMANTICS_2, THREE_FOUR, 0.6, 0.8, 0.6, 0.8);
        assertSource("no floor of 1e-6 under the norm of q, k and the source", SEMANTICS_2, of(3e-8, 4e-8, 1, 0), 0.6,
                0.8, 1, 0);
        String floor = "no floor of 1e-6 under the norm of the source of semantics 2";
        assertSource(floor, SEMANTICS_2, of(3e-8, 4e-8, 1, 0), 0.6, 0.8, 1, 0);
        assertSource(floor, CONFIG, ALONG, ALONG);
        assertSource("the source of semantics 2 raw", SEMANTICS_2, ALONG, ALONG);
        String some = "the source of semantics 2 normalised only with normalize_qk";
        assertSource(some, SEMANTICS_2, ALONG, UNITS);
        assertSource(some, SEMANTICS_2.withNormalizeQk(false), ALONG, ALONG);
        assertSource(some, CONFIG, ALONG, ALONG);
        assertSource("the source normalised in semantics 1", CONFIG, ALONG, UNITS);
        String instead = "the source normalised in semantics 1 instead of q and k";
        assertSource(instead, CONFIG, ALONG, UNITS);
        assertQueries(instead, CONFIG, ALONG, ALONG);
        assertQueries(instead, SEMANTICS_2, ALONG, SOURCE);
        assertSource("the source is memory_k", CONFIG, ALONG, UNITS);
        assertSource("the source is memory_k", RAW, ALONG, ALONG);
        assertSource("the source is memory_k", SEMANTICS_2.withNormalizeQk(false), ALONG, UNITS);
    }

    @Test
    void everyNormIsTakenInAnotherWay() {
        double[] ones = {1, 1, 1, 1};
        assertQueries("the floor added to every norm", CONFIG, of(3e-6, 4e-6, 0, 0), 0.5, 4.0 / 6, 0, 0);
        assertThat(rule("the floor added to every norm").kk(CONFIG, of(3e-12, 4e-12, 3, 4), ones, ones))
                .containsExactly(of(0.5, 4.0 / 6, 0.6, 0.8), within(1e-9));
        double root = Math.sqrt(25e-12 + 1e-6);
        assertQueries("the floor under the root of every norm", CONFIG, of(3e-6, 4e-6, 0, 0), 3e-6 / root, 4e-6 / root,
                0, 0);
        assertThat(rule("the floor under the root of every norm").kk(CONFIG, of(3e-6, 4e-6, 3, 4), ones, ones))
                .containsExactly(of(3 / Math.sqrt(26), 4 / Math.sqrt(26), 0.6, 0.8), within(1e-9));
        assertQueries("one norm over all heads", CONFIG, of(1, 0, 1, 0), Math.sqrt(0.5), 0, Math.sqrt(0.5), 0);
        assertThat(rule("one norm over all heads").kk(CONFIG, of(3, 0, 4, 0), ones, ones))
                .containsExactly(of(0.6, 0, 0.8, 0), NEAR);
    }

    @Test
    void gatesAreMadeInAnotherWay() {
        assertThat(rule("beta and lambda without sigmoid").beta(0.3)).isEqualTo(0.3);
        assertThat(rule("beta and lambda without sigmoid").freeLambda(0.3)).isEqualTo(0.3);
        assertThat(rule("beta without sigmoid").beta(0.3)).isEqualTo(0.3);
        assertThat(rule("beta without sigmoid").freeLambda(0)).isEqualTo(0.5);
        assertThat(rule("a coupled lambda is beta").lambda(CONFIG, 0.25, 0.7)).isEqualTo(0.25);
        assertThat(rule("a coupled lambda is beta").lambda(NO_LAMBDA, 0.25, 0.7)).isEqualTo(1);
        assertThat(rule("a coupled lambda is beta").lambda(FREE, 0.25, 0.7)).isEqualTo(0.7);
        assertThat(rule("a free lambda made of the rows of beta").lambda(FREE, 0.25, 0.7)).isEqualTo(0.25);
        assertThat(rule("lambda always coupled").lambda(FREE, 0.25, 0.7)).isEqualTo(0.75);
        assertThat(rule("no_lambda ignored").lambda(NO_LAMBDA, 0.25, 0.7)).isEqualTo(0.75);
        assertThat(rule("no_lambda ignored").lambda(FREE, 0.25, 0.7)).isEqualTo(0.7);
        assertThat(rule("no_lambda ignored").keep(NO_LAMBDA, 0.25, 0.5)).isEqualTo(0.5);
        assertThat(rule("no_lambda ignored").keep(SEMANTICS_2, 0.25, 0.5)).isEqualTo(1);
    }

    @Test
    void otherTensorsAreShownAndHiddenStatesRounded() {
        assertThat(rule("memory_v shown is memory_k").shown(MathTensor.MEMORY_V)).isEqualTo(MathTensor.MEMORY_K);
        assertThat(rule("memory_v shown is memory_k").shown(MathTensor.READS)).isEqualTo(MathTensor.READS);
        Rule feature = rule("feature_v shown is feature_k");
        assertThat(feature.shown(MathTensor.FEATURE_V)).isEqualTo(MathTensor.FEATURE_K);
        assertThat(feature.shown(MathTensor.V_HEADS)).isEqualTo(MathTensor.K_HEADS);
        assertThat(feature.shown(MathTensor.FEATURE_A)).isEqualTo(MathTensor.FEATURE_A);
        assertThat(rule("hidden states rounded to BF16").hidden(of(1.001, 1.006, -1.006))).containsExactly(1, 1.0078125,
                -1.0078125);
    }

    // math.md §2

    private static final double[][] SOURCES = {{1}, {2}, {3}};
    private static final double[] PREVIOUS = {9};

    /** Three tokens of which the second is masked. */
    private static Call call(boolean legacy, boolean given) {
        return new Call(legacy, given, PREVIOUS, new boolean[]{true, false, true});
    }

    private static void assertPredecessor(String name, Call call, int token, double expected) {
        assertThat(rule(name).predecessor(call, token, SOURCES)).as("%s, token %d", name, token)
                .containsExactly(expected);
    }

    @Test
    void theShiftIsAnotherSum() {
        assertThat(rule("the shift reversed").shifted(5, 3, 0.25)).isEqualTo(5.5);
        assertThat(rule("the shift starts from the predecessor").shifted(5, 3, 0.25)).isEqualTo(2.5);
        assertThat(rule("no token shift").shifted(5, 3, 0.25)).isEqualTo(5);
    }

    @Test
    void aTokenHasAnotherPredecessor() {
        for (String name : new String[]{"a masked token is the predecessor of the next",
                "a masked token is the predecessor within a call"}) {
            assertPredecessor(name, call(false, true), 0, 9);
            assertPredecessor(name, call(false, true), 2, 2);
            assertPredecessor(name, call(true, false), 0, 0);
        }
        Call last = new Call(false, true, PREVIOUS, new boolean[]{true, true, false});
        assertThat(rule("a masked token is the predecessor of the next").finalPrevious(last, SOURCES))
                .containsExactly(3);
        assertThat(rule("a masked token is the predecessor within a call").finalPrevious(last, SOURCES))
                .containsExactly(2);
        assertThat(rule("final_previous_source is the last row, masked or not").finalPrevious(last, SOURCES))
                .containsExactly(3);
        assertPredecessor("the legacy predecessor skips masked tokens", call(true, false), 2, 1);
        assertPredecessor("the previous source forgotten", call(false, true), 0, 0);
        assertPredecessor("the previous source forgotten", call(false, true), 2, 1);
        assertPredecessor("every token shifted against zero", call(false, true), 2, 0);
        assertPredecessor("the first token shifted against itself", call(true, false), 0, 1);
        assertPredecessor("the first token shifted against itself", call(true, false), 2, 2);
        assertPredecessor("the first token shifted against itself", call(false, false), 0, 1);
        assertPredecessor("the first token shifted against itself", call(false, true), 0, 9);
        String legacy = "semantics 2 without a previous source by the legacy rule";
        assertPredecessor(legacy, call(false, false), 0, 0);
        assertPredecessor(legacy, call(false, false), 2, 2);
        assertPredecessor(legacy, call(false, true), 0, 9);
        assertPredecessor(legacy, call(false, true), 2, 1);
    }

    /** Of so many tokens, numbered from 100, with some masked. */
    private static double inGraph(boolean isLegacy, int tokens, int token, int... masked) {
        double[][] sources = new double[tokens][];
        Arrays.setAll(sources, t -> of(100.0 + t));
        boolean[] valid = new boolean[tokens];
        Arrays.fill(valid, true);
        for (int each : masked) {
            valid[each] = false;
        }
        return rule("the legacy predecessor skips masked tokens of its graph").predecessor(
                new Call(isLegacy, false, PREVIOUS, valid), token, sources)[0];
    }

    /** 77 tokens make graphs of 64, 8 and 5. */
    @Test
    void aMaskedTokenIsSkippedWithinItsGraph() {
        assertThat(inGraph(true, 77, 3, 2)).isEqualTo(101);
        assertThat(inGraph(true, 77, 3, 2, 1)).isEqualTo(100);
        assertThat(inGraph(true, 77, 3, 2, 1, 0)).isZero();
        assertThat(inGraph(true, 77, 66, 65)).isEqualTo(164);
        assertThat(inGraph(true, 77, 65, 64, 63)).isEqualTo(163);
        assertThat(inGraph(true, 77, 64, 63)).isEqualTo(163);
        assertThat(inGraph(true, 77, 71, 70, 69)).isEqualTo(168);
        assertThat(inGraph(true, 77, 72, 71)).isEqualTo(171);
        assertThat(inGraph(true, 77, 74, 73, 72, 71)).isEqualTo(171);
        assertThat(inGraph(true, 77, 0)).isZero();
        assertThat(inGraph(true, 130, 66, 65, 64, 63)).isEqualTo(163);
        assertThat(inGraph(true, 130, 63, 62)).isEqualTo(161);
        assertThat(inGraph(true, 130, 129, 128, 127)).isEqualTo(227);
        assertThat(inGraph(false, 77, 65, 64)).isEqualTo(163);
        assertThat(inGraph(false, 77, 65, 64, 63)).isEqualTo(162);
    }

    private static double w(String name, double u) {
        return rule(name).decayExponent(u);
    }

    @Test
    void theExponentOfTheDecayIsAnother() {
        assertThat(w("feature_w without the 0.5", 1)).isEqualTo(-Math.log(1 + Math.exp(-1)), NEAR);
        assertThat(w("feature_w without softplus", 1)).isEqualTo(0.5);
        assertThat(w("softplus of u instead of -u", 1)).isEqualTo(-Math.log(1 + Math.exp(1)) - 0.5, NEAR);
        assertThat(w("softplus linear from 5", -6)).isEqualTo(-6.5);
        assertThat(w("softplus linear from 5", -4)).isEqualTo(-Math.log(1 + Math.exp(4)) - 0.5, NEAR);
        assertThat(w("softplus overflows", 1)).isEqualTo(-Math.log(1 + Math.exp(-1)) - 0.5, NEAR);
        assertThat(w("softplus overflows", -100)).isEqualTo(-100.5, within(1e-9));
        assertThat(w("softplus overflows", -800)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(w("softplus overflows in float32", 1)).isEqualTo(-Math.log(1 + Math.exp(-1)) - 0.5, within(1e-6));
        assertThat(w("softplus overflows in float32", -100)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(w("the argument of softplus clamped at 20", -30)).isEqualTo(-20.5, within(1e-8));
        assertThat(w("the argument of softplus clamped at 20", 1)).isEqualTo(-Math.log(1 + Math.exp(-1)) - 0.5, NEAR);
        assertThat(w("softplus linear below -20 too", 30)).isEqualTo(29.5);
        assertThat(w("softplus linear below -20 too", 20)).isEqualTo(-0.5, within(1e-8));
    }

    @Test
    void lowRankPairsHaveAnotherFunctionBetweenThem() {
        double sigmoid = 1 / (1 + Math.exp(-0.5));
        assertThat(rule("no tanh between w1 and w2").insideW(0.5)).isEqualTo(0.5);
        assertThat(rule("sigmoid between w1 and w2").insideW(0.5)).isEqualTo(sigmoid, NEAR);
        assertThat(rule("tanh between a1 and a2").insideA(0.5)).isEqualTo(Math.tanh(0.5));
        assertThat(rule("sigmoid between a1 and a2").insideA(0.5)).isEqualTo(sigmoid, NEAR);
        assertThat(rule("no sigmoid between g1 and g2").insideG(0.5)).isEqualTo(0.5);
        assertThat(rule("tanh between g1 and g2").insideG(0.5)).isEqualTo(Math.tanh(0.5));
        assertThat(rule("the a-gate without sigmoid").aGate(0.5)).isEqualTo(0.5);
    }

    @Test
    void keysAndWhatIsMadeOfThemAreOthers() {
        double[] ones = {1, 1, 1, 1};
        double[] twos = {2, 2, 2, 2};
        assertThat(rule("a floor of 1e-6 under the norm of kk").kk(CONFIG, of(3e-8, 4e-8, 3, 4), ones, ones))
                .containsExactly(of(0.03, 0.04, 0.6, 0.8), NEAR);
        assertThat(rule("no floor of 1e-12 under the norm of kk").kk(CONFIG, of(3e-14, 4e-14, 3, 4), ones, ones))
                .containsExactly(of(0.6, 0.8, 0.6, 0.8), NEAR);
        assertThat(rule("kk without the norm").kk(CONFIG, THREE_FOUR, twos, ones)).containsExactly(6, 8, 12, 16);
        assertThat(rule("kk made of feature_k").kk(CONFIG, ones, twos, THREE_FOUR))
                .containsExactly(of(0.6, 0.8, 0.6, 0.8), NEAR);
        assertThat(rule("feature_k without the a-gate").featureK(2, 0.25, 0.5)).isEqualTo(2);
        assertThat(rule("feature_k scaled by 1 + (1 - agate) k_a").featureK(2, 0.25, 0.5)).isEqualTo(2.75);
        assertThat(rule("feature_a is kk").featureA(0.5)).isEqualTo(0.5);
        assertThat(rule("feature_b without the a-gate").featureB(0.5, 0.25)).isEqualTo(0.5);
    }

    // math.md §3

    private static double keep(String name, MemoryConfig config) {
        return rule(name).keep(config, 0.25, 0.5);
    }

    private static double erase(String name, MemoryConfig config) {
        return rule(name).erase(config, 0.25, 0.5);
    }

    private static double write(String name, MemoryConfig config) {
        return rule(name).write(config, 0.25, 0.5);
    }

    @Test
    void coefficientsAreMadeOfOtherGates() {
        assertThat(rule("the decay is exp(w)").decay(0.5)).isEqualTo(Math.exp(0.5));
        assertThat(rule("the decay is exp(-w)").decay(0.5)).isEqualTo(Math.exp(-0.5));
        assertThat(rule("the gate of the first row for all rows").gateOf(CONFIG, 3)).isZero();
        assertThat(rule("the gate of the first row for all rows").gateOf(SCALAR, 3)).isEqualTo(1);
        assertThat(rule("scalar gates repeated head after head").gateOf(SCALAR, 1)).isEqualTo(1);
        assertThat(rule("scalar gates repeated head after head").gateOf(SCALAR, 2)).isZero();
        assertThat(rule("scalar gates repeated head after head").gateOf(CONFIG, 3)).isEqualTo(3);
        assertThat(erase("lambda_outside erases by beta alone", OUTSIDE)).isEqualTo(0.25);
        assertThat(erase("standard erases by lambda times beta", CONFIG)).isEqualTo(0.125);
        assertThat(erase("standard erases by lambda times beta", NO_LAMBDA)).isEqualTo(0.25);
        assertThat(erase("standard erases by lambda times beta", SEMANTICS_2)).isEqualTo(0.25);
        assertThat(write("lambda_outside writes by lambda times beta", OUTSIDE)).isEqualTo(0.125);
        assertThat(write("lambda_outside writes by lambda times beta", CONFIG)).isEqualTo(0.25);
        assertThat(write("lambda_outside writes by lambda times beta", OUTSIDE.withSemanticsVersion(2)))
                .isEqualTo(0.25);
        assertThat(keep("semantics 2 keeps by lambda", SEMANTICS_2)).isEqualTo(0.5);
        assertThat(keep("semantics 2 keeps by lambda", NO_LAMBDA)).isEqualTo(1);
        assertThat(keep("semantics 1 keeps all", CONFIG)).isEqualTo(1);
        assertThat(keep("semantics 1 with the coefficients of semantics 2", CONFIG)).isEqualTo(1);
        assertThat(erase("semantics 1 with the coefficients of semantics 2", OUTSIDE)).isEqualTo(0.25);
        assertThat(keep("keep is beta", CONFIG)).isEqualTo(0.25);
        assertThat(keep("keep is beta", NO_LAMBDA)).isEqualTo(1);
        assertThat(write("write is lambda", CONFIG)).isEqualTo(0.5);
        assertThat(erase("erase is lambda", CONFIG)).isEqualTo(0.5);
        assertThat(keep("beta and lambda swapped", CONFIG)).isEqualTo(0.25);
        assertThat(erase("beta and lambda swapped", CONFIG)).isEqualTo(0.5);
        assertThat(write("beta and lambda swapped", CONFIG)).isEqualTo(0.5);
    }

    // math.md §4, reads

    private static double score(String name, MemoryConfig config, double[] reads, double[] r) {
        return rule(name).score(config, reads, 0, r, 0);
    }

    /** Of norms 5 and 10, and in one direction. */
    private static double score(String name, MemoryConfig config) {
        return score(name, config, of(3, 4), of(6, 8));
    }

    @Test
    void scoresAreDividedByOtherNumbers() {
        for (String name : new String[]{"scores not divided by the root of the rank", "scores divided by the rank",
                "scores divided by the root of the width"}) {
            assertThat(score(name, CONFIG)).as(name).isEqualTo(name.contains("not") ? 50 : 25);
            assertThat(score(name, SEMANTICS_2)).as(name).isEqualTo(1);
        }
        assertThat(score("semantics 2 scored by the dot product", SEMANTICS_2)).isEqualTo(50 / Math.sqrt(2));
        assertThat(score("semantics 1 scored by the cosine", CONFIG)).isEqualTo(1);
        assertThat(score("the cosine divided by the root of the rank", SEMANTICS_2)).isEqualTo(1 / Math.sqrt(2));
        assertThat(score("the cosine divided by the root of the rank", CONFIG)).isEqualTo(50 / Math.sqrt(2));
    }

    @Test
    void theCosineHasOtherFloors() {
        double[] small = {3e-8, 4e-8};
        double[] large = {3, 4};
        String both = "no floor of 1e-6 under the norms of the cosine";
        String reads = "no floor of 1e-6 under the norm of the reads in the cosine";
        String r = "no floor of 1e-6 under the norm of r in the cosine";
        String product = "the product of the norms of the cosine clamped";
        for (String each : new String[]{both, "a floor of 1e-8 under the norms of the cosine", reads, r, product}) {
            assertThat(score(each, SEMANTICS_2, small, large)).as(each)
                    .isEqualTo(each.equals(r) ? 0.05 : each.equals(product) ? 0.25 : 1, NEAR);
            assertThat(score(each, SEMANTICS_2, large, small)).as(each)
                    .isEqualTo(each.equals(reads) ? 0.05 : each.equals(product) ? 0.25 : 1, NEAR);
            assertThat(score(each, SEMANTICS_2)).as(each).isEqualTo(1, NEAR);
            assertThat(score(each, CONFIG)).as(each).isEqualTo(50 / Math.sqrt(2), NEAR);
        }
        assertThat(score("a floor of 1e-8 under the norms of the cosine", SEMANTICS_2, of(3e-10, 4e-10), large))
                .isEqualTo(0.05, NEAR);
    }

    private static final double LEAST = -Float.MAX_VALUE;
    private static final double[] SCORES = {1, 3, 2, 5, 4, 6};

    private static double[] top(String name, int k) {
        return rule(name).keepTop(CONFIG.withReadTopK(k), SCORES);
    }

    @Test
    void topKKeepsOtherSlots() {
        assertThat(top("top-k ignored", 1)).containsExactly(SCORES);
        assertThat(top("one slot too many in top-k", 1)).containsExactly(LEAST, 3, 2, 5, LEAST, 6);
        assertThat(top("one slot too few in top-k", 2)).containsExactly(LEAST, 3, LEAST, LEAST, LEAST, 6);
        assertThat(top("one slot too few in top-k", 1)).containsExactly(LEAST, 3, LEAST, LEAST, LEAST, 6);
        assertThat(top("top-k keeps the lowest scores", 1)).containsExactly(1, LEAST, LEAST, LEAST, 4, LEAST);
        assertThat(top("slots outside top-k score 0", 2)).containsExactly(0, 3, 2, 5, 0, 6);
        assertThat(top("top-k by the mean over heads", 2)).containsExactly(LEAST, 3, 2, LEAST, 4, 6);
        for (String each : new String[]{"one slot too many in top-k", "one slot too few in top-k",
                "top-k keeps the lowest scores", "slots outside top-k score 0", "top-k by the mean over heads"}) {
            assertThat(top(each, 0)).as(each).containsExactly(SCORES);
        }
    }

    @Test
    void routesAreOthers() {
        assertThat(rule("uniform routes").routes(CONFIG, SCORES)).hasSize(6).containsOnly(1.0 / 3);
        double[] routes = {0.5, 0.25, 0.25, 0.25, 0.25, 0.5};
        double[] none = new double[6];
        Rule both = rule("a masked token has routes and reads");
        assertThat(both.recordedRoutes(routes, false)).containsExactly(routes);
        assertThat(both.readRoutes(routes, false)).containsExactly(routes);
        Rule recorded = rule("a masked token has routes");
        assertThat(recorded.recordedRoutes(routes, false)).containsExactly(routes);
        assertThat(recorded.readRoutes(routes, false)).containsExactly(none);
        Rule read = rule("a masked token reads");
        assertThat(read.recordedRoutes(routes, false)).containsExactly(none);
        assertThat(read.readRoutes(routes, false)).containsExactly(routes);
        Rule closed = rule("a masked token reads, and its gate is closed");
        assertThat(closed.readRoutes(routes, false)).containsExactly(routes);
        assertThat(closed.gateOfReads(of(1, 2), false)).containsExactly(0, 0);
        assertThat(closed.gateOfReads(of(1, 2), true)).containsExactly(1, 2);
        assertThat(rule("read_routes of the first head").meanRoutes(CONFIG, routes)).containsExactly(0.5, 0.25, 0.25);
        double[] slotReads = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        assertThat(rule("every slot read with the route of the first").rawRead(CONFIG, routes, slotReads, 1, 1))
                .isEqualTo(0.25 * (8 + 10 + 12));
    }

    @Test
    void anotherStateIsRead() {
        double[] state = {1, 2, 3, 4};
        assertThat(rule("the read after the write").stateRead(CONFIG, state, of(1, 1), () -> of(9))).containsExactly(9);
        assertThat(rule("the read of the decayed state").stateRead(CONFIG, state, of(10, 100, 1, 1), () -> of(9)))
                .containsExactly(10, 200, 30, 400);
        assertThat(rule("the initial state transposed").initialState(CONFIG, state)).containsExactly(1, 3, 2, 4);
        assertThat(rule("the initial state lost").initialState(CONFIG, state)).containsExactly(0, 0, 0, 0);
        assertThat(rule("the initial position lost").initialPosition(CONFIG, 7)).isZero();
        MemoryConfig one = CONFIG.withNumStateHeads(1).withNumStates(1);
        assertThat(rule("S read transposed").slotReads(one, state, of(10, 100))).containsExactly(310, 420);
    }

    @Test
    void featuresAreTakenForEachOther() {
        Features now = new Features(of(1), of(2), of(3), of(4), of(5), of(6), of(7));
        Features before = new Features(of(11), of(12), of(13), of(14), of(15), of(16), of(17));
        assertThat(rule("the r of the token before").scanned(now, before).r).containsExactly(11);
        assertThat(rule("the r of the token before").scanned(now, before).k).containsExactly(3);
        assertThat(rule("r and k swapped").scanned(now, before).r).containsExactly(3);
        assertThat(rule("r and k swapped").scanned(now, before).k).containsExactly(1);
        assertThat(rule("k and v swapped").scanned(now, before).k).containsExactly(4);
        assertThat(rule("k and v swapped").scanned(now, before).v).containsExactly(3);
        assertThat(rule("a and b swapped").scanned(now, before).a).containsExactly(6);
        assertThat(rule("a and b swapped").scanned(now, before).b).containsExactly(5);
    }

    // math.md §4, writes

    private static int slot(String name, long position) {
        return rule(name).slot(CONFIG, position);
    }

    @Test
    void anotherSlotIsWritten() {
        assertThat(slot("the slot of the next position", 3)).isEqualTo(1);
        assertThat(slot("the slot of the next position", 4)).isEqualTo(1);
        assertThat(slot("the next slot written", 0)).isEqualTo(1);
        assertThat(slot("the next slot written", 8)).isZero();
        assertThat(slot("a chunk holds its boundary's token too", 0)).isZero();
        assertThat(slot("a chunk holds its boundary's token too", 4)).isZero();
        assertThat(slot("a chunk holds its boundary's token too", 5)).isEqualTo(1);
        assertThat(slot("the last slot kept once positions pass all slots", 7)).isEqualTo(1);
        assertThat(slot("the last slot kept once positions pass all slots", 12)).isEqualTo(2);
        assertThat(slot("the slot by AND with K - 1", 4)).isZero();
        assertThat(slot("the slot by AND with K - 1", 12)).isEqualTo(2);
        assertThat(slot("the slot is p mod K", 5)).isEqualTo(2);
        double[] state = new double[24];
        Arrays.fill(state, 1);
        double[] cleared = rule("a slot cleared when its chunk begins").stateWritten(CONFIG, state, 1, 8);
        assertThat(Arrays.stream(cleared).sum()).isEqualTo(16);
        assertThat(of(cleared[4], cleared[7], cleared[16], cleared[19])).containsOnly(0);
        assertThat(rule("a slot cleared when its chunk begins").stateWritten(CONFIG, state, 1, 9)).isSameAs(state);
    }

    @Test
    void maskedTokensLeaveTraces() {
        assertThat(rule("the token mask ignored").valid(false)).isTrue();
        assertThat(rule("a masked token has a write route").writeRoute(false)).isEqualTo(1);
        assertThat(rule("a masked token is written and counted").writes(false)).isTrue();
        assertThat(rule("a masked token is written and counted").advanced(5, false)).isEqualTo(6);
        assertThat(rule("a masked token is written").writes(false)).isTrue();
        assertThat(rule("a masked token is written").advanced(5, false)).isEqualTo(5);
        assertThat(rule("the position advances on masked tokens").writes(false)).isFalse();
        assertThat(rule("the position advances on masked tokens").advanced(5, false)).isEqualTo(6);
    }

    @Test
    void whatIsWrittenIsAnotherProduct() {
        double[] two = {2, 3};
        double[] five = {5, 7};
        double[] eleven = {11, 13};
        assertThat(rule("decay multiplies rows instead of columns").kept(two, five, 0, 1)).isEqualTo(2 * 5);
        assertThat(rule("keep multiplies columns instead of rows").kept(two, five, 0, 1)).isEqualTo(3 * 7);
        assertThat(rule("no decay").kept(two, five, 0, 1)).isEqualTo(2);
        assertThat(rule("nothing kept by the keep gate").kept(two, five, 0, 1)).isEqualTo(7);
        assertThat(rule("write multiplies columns instead of rows").written(two, five, eleven, 0, 1))
                .isEqualTo(3 * 5 * 13);
        assertThat(rule("no write gate").written(two, five, eleven, 0, 1)).isEqualTo(5 * 13);
        assertThat(rule("erase multiplies columns instead of rows").erased(0.5, two, five, eleven, 17, 0, 1))
                .isEqualTo(0.5 * 3 * 17 * 13);
        assertThat(rule("rwkv_ms_erase_gate ignored").erased(0.5, two, five, eleven, 17, 0, 1)).isEqualTo(2 * 17 * 13);
        assertThat(rule("nothing erased").erased(0.5, two, five, eleven, 17, 0, 1)).isZero();
        assertThat(rule("no erase gate").erased(0.5, two, five, eleven, 17, 0, 1)).isEqualTo(0.5 * 17 * 13);
    }

    @Test
    void theCorrectionIsOfAnotherState() {
        double[] state = {1, 2, 3, 4};
        double[] a = {10, 100};
        double[] decay = {5, 7};
        assertThat(rule("corr with S transposed").correction(state, 0, 1, a, 0, decay, 2)).isEqualTo(420);
        assertThat(rule("corr subtracted").correction(state, 0, 1, a, 0, decay, 2)).isEqualTo(-430);
        assertThat(rule("corr from the decayed state").correction(state, 0, 1, a, 0, decay, 2)).isEqualTo(150 + 2800);
        assertThat(rule("corr from what is kept of the state").correction(state, 0, 1, a, 0, decay, 2))
                .isEqualTo(150 + 2800);
    }

    @Test
    void theStateHasFewerBits() {
        assertThat(rule("the state stored in float16").stored(1.00048828125)).isEqualTo(1);
        assertThat(rule("the state stored in float16").stored(1.0009765625)).isEqualTo(1.0009765625);
        assertThat(rule("the state cut to bfloat16").stored(1.9999)).isEqualTo(1.9921875);
        assertThat(rule("the state rounded to bfloat16").stored(1.9999)).isEqualTo(2);
    }

    // math.md §5 and §6

    private static void assertNorm(String name, double... expected) {
        assertThat(rule(name).groupNorm(CONFIG, of(1, 3, 2, 6), of(1, 1, 2, 2), of(5, 6, 7, 8))).as(name)
                .containsExactly(expected, NEAR);
    }

    /** Of means 2 and 4, variances 1 and 4, and weights 1 and 2. */
    @Test
    void theGroupNormIsAnother() {
        double eps = 64e-5;
        double one = 1 / Math.sqrt(1 + eps);
        double four = 4 / Math.sqrt(4 + eps);
        assertNorm("group norm with eps 1e-5", -1 / Math.sqrt(1 + 1e-5), 1 / Math.sqrt(1 + 1e-5),
                -4 / Math.sqrt(4 + 1e-5), 4 / Math.sqrt(4 + 1e-5));
        assertNorm("group norm with eps 1e-5 times the rank", -1 / Math.sqrt(1 + 2e-5), 1 / Math.sqrt(1 + 2e-5),
                -4 / Math.sqrt(4 + 2e-5), 4 / Math.sqrt(4 + 2e-5));
        assertNorm("the eps of group norm beside the root", -1 / (1 + eps), 1 / (1 + eps), -4 / (2 + eps),
                4 / (2 + eps));
        assertNorm("group norm without centring", 1 / Math.sqrt(5 + eps), 3 / Math.sqrt(5 + eps),
                4 / Math.sqrt(20 + eps), 12 / Math.sqrt(20 + eps));
        assertNorm("group norm with the unbiased variance", -1 / Math.sqrt(2 + eps), 1 / Math.sqrt(2 + eps),
                -4 / Math.sqrt(8 + eps), 4 / Math.sqrt(8 + eps));
        assertNorm("no group norm", 1, 3, 4, 12);
        assertNorm("group norm without its weight", -one, one, -four / 2, four / 2);
        assertNorm("ln_x.bias added", 5 - one, 6 + one, 7 - four, 8 + four);
        assertNorm("ln_x.bias added where the token is valid", 5 - one, 6 + one, 7 - four, 8 + four);
        double all = Math.sqrt(3.5 + eps);
        assertNorm("group norm with one group for all heads", -2 / all, 0, -2 / all, 6 / all);
    }

    @Test
    void readsAreGatedInAnotherWay() {
        Rule valid = rule("ln_x.bias added where the token is valid");
        assertThat(valid.gateOfReads(of(1, 2), false)).containsExactly(0, 0);
        assertThat(valid.gateOfReads(of(1, 2), true)).containsExactly(1, 2);
        assertThat(rule("reads not gated by feature_g").gated(of(1, 2), of(3, 4))).containsExactly(1, 2);
        Rule first = rule("reads gated before the norm");
        assertThat(first.normInput(of(1, 2), of(3, 4))).containsExactly(3, 8);
        assertThat(first.gated(of(1, 2), of(3, 4))).containsExactly(1, 2);
    }

    /** The scale is 6 / 2. */
    @Test
    void deltasHaveAnotherScale() {
        assertThat(rule("deltas without alpha").deltaScale(CONFIG)).isEqualTo(0.5);
        assertThat(rule("deltas not divided by the rank").deltaScale(CONFIG)).isEqualTo(6);
        assertThat(rule("deltas not scaled").deltaScale(CONFIG)).isEqualTo(1);
        assertThat(rule("deltas scaled by alpha twice").deltaScale(CONFIG)).isEqualTo(18);
        assertThat(rule("deltas divided by the rank twice").deltaScale(CONFIG)).isEqualTo(1.5);
        assertThat(rule("deltas divided by the width").deltaScale(CONFIG.withAlpha(8))).isEqualTo(2);
        assertThat(rule("deltas divided by the root of the rank").deltaScale(CONFIG)).isEqualTo(6 / Math.sqrt(2));
        assertThat(rule("deltas subtracted").deltaScale(CONFIG)).isEqualTo(-3);
    }

    @Test
    void whatAMistakeDoesNotChangeIsTheRules() {
        Rule other = rule("no token shift");
        assertThat(other.aGate(0)).isEqualTo(0.5);
        assertThat(other.beta(0)).isEqualTo(0.5);
        assertThat(other.freeLambda(0)).isEqualTo(0.5);
        assertThat(other.lambda(CONFIG, 0.25, 0.7)).isEqualTo(0.75);
        assertThat(other.deltaScale(CONFIG)).isEqualTo(3);
        assertThat(other.featureA(0.5)).isEqualTo(-0.5);
        assertThat(other.featureB(0.5, 0.25)).isEqualTo(0.125);
        assertThat(other.featureK(2, 0.25, 0.5)).isEqualTo(1.25);
        assertThat(other.insideA(0.5)).isEqualTo(0.5);
        assertThat(other.insideG(0)).isEqualTo(0.5);
        assertThat(other.score(CONFIG, of(3, 4), 0, of(6, 8), 0)).isEqualTo(50 / Math.sqrt(2));
        assertThat(other.writeRoute(true)).isEqualTo(1);
        assertThat(other.finalPrevious(call(false, true), SOURCES)).containsExactly(3);
        assertThat(other.finalPrevious(new Call(false, true, PREVIOUS, new boolean[3]), SOURCES)).containsExactly(9);
        Call first = new Call(false, true, PREVIOUS, new boolean[]{true, false, false});
        assertThat(other.finalPrevious(first, SOURCES)).containsExactly(1);
    }
}
