package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

/** Cuts, bounds and memories worked out by hand. */
class BlocksTests {
    @Test
    void refusesStartsThatAreNoCut() {
        assertThatThrownBy(() -> new Blocks(5)).hasMessage("starts: expected 0 first, found []");
        assertThatThrownBy(() -> new Blocks(5, 1, 2)).hasMessage("starts: expected 0 first, found [1, 2]");
        assertThatThrownBy(() -> new Blocks(5, 0, 2, 2))
                .hasMessage("starts: expected strictly ascending below 5, found [0, 2, 2]");
        assertThatThrownBy(() -> new Blocks(5, 0, 5))
                .hasMessage("starts: expected strictly ascending below 5, found [0, 5]");
        assertThatThrownBy(() -> FixedBlocks.of(5, 0)).hasMessage("count: expected at least 1, found 0");
        assertThatThrownBy(() -> MergedBlocks.of(Blocks.single(2), new float[2]).atMost(0))
                .hasMessage("capacity: expected at least 1, found 0");
    }

    @Test
    void findsTheBlockOfAToken() {
        Blocks blocks = new Blocks(9, 0, 4, 5);

        assertThat(new int[]{blocks.blockOf(0), blocks.blockOf(3), blocks.blockOf(4), blocks.blockOf(5),
                blocks.blockOf(8)}).containsExactly(0, 0, 1, 2, 2);
    }

    /** The quotient in double falls short of the whole number for 59 pairs of lengths and counts. */
    @Test
    void fixedBlocksRoundAsTheOriginalDoes() {
        int differing = 0;
        for (int tokens = 1; tokens < 300; tokens++) {
            for (int count = 1; count < 40; count++) {
                int[] exact = IntStream.range(0, count).toArray();
                for (int i = 0; i < count; i++) {
                    exact[i] = i * tokens / count;
                }
                int[] distinct = IntStream.of(exact).distinct().toArray();
                differing += Arrays.equals(distinct, FixedBlocks.of(tokens, count).starts()) ? 0 : 1;
            }
        }
        assertThat(differing).isEqualTo(59);
    }

    @Test
    void memoriesOverwriteWhatTheirKeyHeld() {
        double[] key = unit(0);
        double[] first = unit(1);
        double[] second = unit(2);
        LinearMemory linear = new LinearMemory();
        DeltaRuleMemory delta = new DeltaRuleMemory();
        Rwkv7Memory rwkv = new Rwkv7Memory();
        for (Memory memory : new Memory[]{linear, delta, rwkv}) {
            memory.write(key, first);
            memory.write(key, second);
        }
        double beta = DeltaRuleMemory.BETA;

        assertThat(linear.read(key)).startsWith(0, 1, 1, 0);
        // The old value is kept by 1 − 2β: once forgotten and once corrected.
        assertThat(delta.read(key)[1]).isCloseTo(beta * (1 - 2 * beta), within(1e-8));
        assertThat(delta.read(key)[2]).isEqualTo(beta);
        // 0.98 kept and 1 / (1 + 1e-8)² erased.
        assertThat(rwkv.read(key)[1]).isCloseTo(-0.02, within(5e-8));
        assertThat(rwkv.read(key)[2]).isEqualTo(1);
    }

    @Test
    void logLinearAttentionWithoutDecayIsLinearAttention() {
        assertThat(SmokeTest.difference()).isLessThan(1e-12);
    }

    @Test
    void fenwickLevels() {
        int[] ofEleven = IntStream.rangeClosed(0, 11).map(s -> HierarchicalAttention.level(11, s))
                .toArray();

        // 11 = 8 + 2 + 1
        assertThat(ofEleven).containsExactly(4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 1, 0);
        assertThatThrownBy(() -> HierarchicalAttention.level(3, 4))
                .hasMessage("level: expected 0 <= s <= t, found s 4 and t 3");
    }

    @Test
    void logLinearAttentionDecaysAndWeighsByLevel() {
        double[][] ones = {{1}, {1}, {1}};
        double[][] levels = {{1, 0, 0}, {10, 20, 0}, {100, 200, 300}};

        double[][] out = HierarchicalAttention.of(ones, ones, ones, new double[]{9, 0.5, 0.25}, levels);

        assertThat(out[1][0]).isEqualTo(10 + 20 * 0.5);
        assertThat(out[2][0]).isEqualTo(100 + 300 * 0.25 + 300 * 0.25 * 0.5);
    }

    private static double[] unit(int axis) {
        double[] unit = new double[RecallSequence.WIDTH];
        unit[axis] = 1;
        return unit;
    }
}
