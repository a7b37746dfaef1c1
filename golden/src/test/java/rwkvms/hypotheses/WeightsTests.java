package rwkvms.hypotheses;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import rwkvms.math.MemoryConfig;
import rwkvms.math.UpdateMode;
import rwkvms.sidecar.LayerWeights;
import rwkvms.sidecar.MemoryTensor;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Weights taken for others, or read in another way: each weight here is a hundred times its number, and counts on from there. */
final class WeightsTests {
    /** D and G are 2. */
    private static MemoryConfig config(int hidden) {
        return new MemoryConfig(hidden, 2, 1, 2, 1, 2, 1, 0, 1, UpdateMode.STANDARD, Set.of(), true, true, true);
    }

    private static final int HIDDEN = 10;

    private static double first(MemoryTensor name) {
        return 100 * name.ordinal();
    }

    private static double[] own(MemoryTensor name, int count) {
        return IntStream.range(0, count).mapToDouble(i -> first(name) + i).toArray();
    }

    /** As many numbers as the mistakes here need of it. */
    private static int count(MemoryTensor name, int hidden) {
        return switch (name) {
            case MEM_Q, MEM_K, MEM_V, BETA, LAMBDA -> 2 * hidden;
            case RECEPTANCE, KEY, VALUE, OUTPUT -> 4;
            case DELTA_Q, DELTA_K, DELTA_V, DELTA_O, W1, W2, A1, A2, G1, G2 -> 6;
            default -> 2;
        };
    }

    private static Layer layer(int hidden) {
        Map<MemoryTensor, Tensor> weights = new EnumMap<>(MemoryTensor.class);
        for (MemoryTensor each : MemoryTensor.values()) {
            int count = count(each, hidden);
            weights.put(each, Tensor.ofRounded(Shape.of(count), own(each, count)));
        }
        weights.put(MemoryTensor.X_R, Tensor.ofRounded(DType.BFLOAT16, Shape.of(2), 1, 2));
        return Layer.of(config(hidden), LayerWeights.of(weights));
    }

    private static double[] weight(UnaryOperator<Rule> mistake, MemoryTensor name) {
        return weight(mistake, name, HIDDEN);
    }

    private static double[] weight(UnaryOperator<Rule> mistake, MemoryTensor name, int hidden) {
        return mistake.apply(Rule.CORRECT).weight(layer(hidden), name);
    }

    private static void assertOwn(UnaryOperator<Rule> mistake, MemoryTensor name) {
        assertThat(weight(mistake, name)).containsExactly(own(name, count(name, HIDDEN)));
    }

    /** A weight of six numbers in this order. */
    private static double[] six(MemoryTensor name, int... order) {
        return IntStream.of(order).mapToDouble(i -> first(name) + i).toArray();
    }

    @Test
    void oneWeightIsTakenForAnother() {
        UnaryOperator<Rule> instead = Weights.instead(MemoryTensor.MEM_V, MemoryTensor.MEM_K);
        assertThat(weight(instead, MemoryTensor.MEM_V)).containsExactly(own(MemoryTensor.MEM_K, 20));
        assertOwn(instead, MemoryTensor.MEM_K);
        UnaryOperator<Rule> swapped = Weights.swapped(MemoryTensor.MEM_V, MemoryTensor.MEM_K);
        assertThat(weight(swapped, MemoryTensor.MEM_V)).containsExactly(own(MemoryTensor.MEM_K, 20));
        assertThat(weight(swapped, MemoryTensor.MEM_K)).containsExactly(own(MemoryTensor.MEM_V, 20));
        assertOwn(swapped, MemoryTensor.MEM_Q);
    }

    @Test
    void oneFunctionChangesSomeWeights() {
        UnaryOperator<Rule> zeros = Weights.changed(Vectors::zeros, MemoryTensor.W0, MemoryTensor.A0);
        assertThat(weight(zeros, MemoryTensor.W0)).containsExactly(0, 0);
        assertThat(weight(zeros, MemoryTensor.A0)).containsExactly(0, 0);
        assertOwn(zeros, MemoryTensor.K_A);
    }

    @ParameterizedTest
    @EnumSource(value = MemoryTensor.class, names = {"X_R", "X_W", "X_K", "X_V", "X_A", "X_G"})
    void everyMuIsThatOfR(MemoryTensor mu) {
        assertThat(weight(Weights.allMusOfR(), mu)).containsExactly(1, 2);
    }

    @Test
    void whatIsNoMuStaysAsItIs() {
        assertOwn(Weights.allMusOfR(), MemoryTensor.K_K);
    }

    @Test
    void squareWeightsAreTransposed() {
        UnaryOperator<Rule> transposed = Weights.transposed(MemoryTensor.KEY);
        assertThat(weight(transposed, MemoryTensor.KEY)).containsExactly(six(MemoryTensor.KEY, 0, 2, 1, 3));
        assertOwn(transposed, MemoryTensor.VALUE);
    }

    /** [2, 3] lies as [3, 2] would, and the second, [3, 2], as [2, 3]. */
    @Test
    void lowRankWeightsAreReadAsTheyLie() {
        UnaryOperator<Rule> inner = Weights.asItLies(MemoryTensor.W1, false);
        assertThat(weight(inner, MemoryTensor.W1)).containsExactly(six(MemoryTensor.W1, 0, 2, 4, 1, 3, 5));
        assertOwn(inner, MemoryTensor.A1);
        UnaryOperator<Rule> outer = Weights.asItLies(MemoryTensor.W2, true);
        assertThat(weight(outer, MemoryTensor.W2)).containsExactly(six(MemoryTensor.W2, 0, 3, 1, 4, 2, 5));
        assertOwn(outer, MemoryTensor.W1);
    }

    @ParameterizedTest
    @EnumSource(value = MemoryTensor.class, names = {"DELTA_Q", "DELTA_K", "DELTA_V", "DELTA_O"})
    void deltasAreReadAsTheyLie(MemoryTensor delta) {
        assertThat(weight(Weights::deltasAsTheyLie, delta)).containsExactly(six(delta, 0, 3, 1, 4, 2, 5));
        assertOwn(Weights::deltasAsTheyLie, MemoryTensor.W2);
    }

    /** Beta begins with the last row of mem_v, and lambda with the last of beta. */
    @Test
    void gatesBeginARowEarly() {
        double[] beta = weight(Weights::earlyGates, MemoryTensor.BETA);
        assertThat(beta).hasSize(20).startsWith(first(MemoryTensor.MEM_V) + 10, first(MemoryTensor.MEM_V) + 11);
        assertThat(beta[9]).isEqualTo(first(MemoryTensor.MEM_V) + 19);
        assertThat(beta[10]).isEqualTo(first(MemoryTensor.BETA));
        assertThat(beta[19]).isEqualTo(first(MemoryTensor.BETA) + 9);
        double[] lambda = weight(Weights::earlyGates, MemoryTensor.LAMBDA);
        assertThat(lambda[0]).isEqualTo(first(MemoryTensor.BETA) + 10);
        assertThat(lambda[10]).isEqualTo(first(MemoryTensor.LAMBDA));
        assertOwn(Weights::earlyGates, MemoryTensor.MEM_V);
    }

    /** Of ten inputs the eighth, for the last two make no eight; of sixteen the eighth and the last. */
    @ParameterizedTest
    @EnumSource(value = MemoryTensor.class, names = {"MEM_Q", "MEM_K", "MEM_V", "BETA", "LAMBDA"})
    void theLastOfEightInputsIsLost(MemoryTensor name) {
        double[] ten = own(name, 20);
        ten[7] = 0;
        ten[17] = 0;
        assertThat(weight(Weights::laneLost, name)).containsExactly(ten);
        double[] sixteen = own(name, 32);
        for (int lost : new int[]{7, 15, 23, 31}) {
            sixteen[lost] = 0;
        }
        assertThat(weight(Weights::laneLost, name, 16)).containsExactly(sixteen);
        assertThat(weight(Weights::laneLost, name, 7)).containsExactly(own(name, 14));
    }

    @Test
    void noInputOfOtherWeightsIsLost() {
        assertOwn(Weights::laneLost, MemoryTensor.W1);
    }

    @Test
    void theBitsOfOneTypeAreReadAnew() {
        UnaryOperator<Rule> reread = Weights.reread(DType.BFLOAT16, bits -> bits);
        assertThat(weight(reread, MemoryTensor.X_R)).containsExactly(0x3f800000, 0x40000000);
        assertOwn(reread, MemoryTensor.X_W);
    }
}
