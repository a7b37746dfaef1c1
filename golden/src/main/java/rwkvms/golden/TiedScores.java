package rwkvms.golden;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import rwkvms.math.MathTensor;
import rwkvms.math.MemoryConfig;
import rwkvms.tensor.Tensor;

/**
 * Read scores that tie exactly at the k-th place of top-k, as those of empty slots do. Which of the tied slots PyTorch keeps follows no
 * rule (semantics.md): of four it keeps the third.
 */
public final class TiedScores {
    private static final Set<MathTensor> AMBIGUOUS = EnumSet.of(MathTensor.READ_SCORES, MathTensor.READ_ROUTES_PER_HEAD,
            MathTensor.READ_ROUTES);

    private TiedScores() {
    }

    /** Whether a tensor depends on which slot is kept; everything after the routes does not. */
    public static boolean affect(MathTensor name) {
        return AMBIGUOUS.contains(name);
    }

    /** Whether those of a token do, in any head; {@code scores} are those before top-k, [T, heads, slots]. */
    public static boolean at(int token, Tensor scores, MemoryConfig config) {
        int slots = config.numStates();
        for (int head = 0; config.masksSlots() && head < config.numStateHeads(); head++) {
            double[] sorted = new double[slots];
            for (int s = 0; s < slots; s++) {
                sorted[s] = scores.at((token * config.numStateHeads() + head) * slots + s);
            }
            Arrays.sort(sorted);
            int kth = slots - config.readTopK();
            if (sorted[kth] == sorted[kth - 1]) {
                return true;
            }
        }
        return false;
    }
}
