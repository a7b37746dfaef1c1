package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;

/**
 * Non-stationary tokens: per segment a unit mean {@code μ = randn/‖randn‖}, a length
 * {@code L = max(2, length + randint(−2, 3))}, then L tokens {@code u = μ + noise · randn}.
 */
final class DriftSequence {
    static final double NOISE = 0.03;

    private final double[][] tokens;
    private final long words;

    private DriftSequence(List<double[]> tokens, long words) {
        this.tokens = tokens.toArray(double[][]::new);
        this.words = words;
    }

    static DriftSequence draw(TorchGenerator random, int segments, int length, double noise) {
        List<double[]> tokens = new ArrayList<>();
        for (int segment = 0; segment < segments; segment++) {
            double[] mean = Vectors.stored(Vectors.unit(random.randn(RecallSequence.WIDTH)));
            int count = RecallSequence.jittered(random, length);
            for (int t = 0; t < count; t++) {
                tokens.add(Vectors.stored(Vectors.plus(mean, (float) noise, random.randn(RecallSequence.WIDTH))));
            }
        }
        return new DriftSequence(tokens, random.consumed());
    }

    /** [T, d]; not to be changed. */
    double[][] tokens() {
        return tokens;
    }

    /** Number of words that the sequence took from the generator. */
    long words() {
        return words;
    }
}
