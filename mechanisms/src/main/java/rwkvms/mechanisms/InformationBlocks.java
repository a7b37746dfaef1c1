package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;

/**
 * Algorithm 1 starts a block at each token that brings much which the running block does not have.
 *
 * <p>{@code rms(x) = x / √(mean(x²) + 1e-6)}; S = u_0; for t ≥ 1
 * {@code I_t = ‖rms(u_t) − rms(S)‖ / (‖rms(S)‖ + 1e-6)}; if {@code I_t ≥ τ} a block begins and S = u_t, else S += u_t.
 */
final class InformationBlocks {
    /** τ of the experiments. */
    static final double THRESHOLD = 0.6;
    private static final double EPS = 1e-6;

    private final Blocks blocks;
    private final float[] information;

    private InformationBlocks(Blocks blocks, float[] information) {
        this.blocks = blocks;
        this.information = information;
    }

    static InformationBlocks of(double[][] tokens) {
        float[] information = new float[tokens.length];
        List<Integer> starts = new ArrayList<>(List.of(0));
        double[] sum = tokens[0].clone();
        for (int t = 1; t < tokens.length; t++) {
            information[t] = (float) information(tokens[t], sum);
            if (information[t] >= THRESHOLD) {
                starts.add(t);
                sum = tokens[t].clone();
            } else {
                sum = Vectors.plus(sum, 1, tokens[t]);
            }
        }
        return new InformationBlocks(
                new Blocks(tokens.length, starts.stream().mapToInt(Integer::intValue).toArray()), information);
    }

    private static double information(double[] token, double[] sum) {
        double[] seen = rms(sum);
        return Vectors.norm(Vectors.plus(rms(token), -1, seen)) / (Vectors.norm(seen) + EPS);
    }

    private static double[] rms(double[] x) {
        return Vectors.scaled(x, 1 / Math.sqrt(Vectors.dot(x, x) / x.length + EPS));
    }

    Blocks blocks() {
        return blocks;
    }

    /** I_t, float32 as the original keeps it; 0 for token 0. */
    float information(int token) {
        return information[token];
    }

    /** Algorithm 2 on these blocks. */
    Blocks atMost(int capacity) {
        return MergedBlocks.of(blocks, information).atMost(capacity).blocks();
    }
}
