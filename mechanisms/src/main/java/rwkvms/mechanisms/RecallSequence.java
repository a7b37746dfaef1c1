package rwkvms.mechanisms;

import java.util.ArrayList;
import java.util.List;

/**
 * Key-value tokens with one needle per segment. Per segment, in this order of drawing: the needle's key and value, both unit;
 * the theme's key and value, both unit; {@code n = max(2, fillers + randint(−2, 3))}; then n fillers, each
 * {@code k = unit(theme_k + noise · randn)}, {@code v = theme_v + noise · randn}, not normalised. A segment begins with its
 * needle.
 */
final class RecallSequence {
    /** Width d of keys and of values. */
    static final int WIDTH = 32;
    static final double NOISE = 0.02;
    private static final int MIN_LENGTH = 2;
    /** A length varies by up to this many tokens. */
    private static final int JITTER = 2;

    private final double[][] keys;
    private final double[][] values;
    private final List<Integer> needles;
    private final long words;

    private RecallSequence(List<double[]> keys, List<double[]> values, List<Integer> needles, long words) {
        this.keys = keys.toArray(double[][]::new);
        this.values = values.toArray(double[][]::new);
        this.needles = List.copyOf(needles);
        this.words = words;
    }

    static RecallSequence draw(TorchGenerator random, int segments, int fillers, double noise) {
        List<double[]> keys = new ArrayList<>();
        List<double[]> values = new ArrayList<>();
        List<Integer> needles = new ArrayList<>();
        for (int segment = 0; segment < segments; segment++) {
            needles.add(keys.size());
            keys.add(unit(random));
            values.add(unit(random));
            double[] themeKey = unit(random);
            double[] themeValue = unit(random);
            int count = jittered(random, fillers);
            for (int i = 0; i < count; i++) {
                double[] key = Vectors.stored(Vectors.plus(themeKey, (float) noise, random.randn(WIDTH)));
                keys.add(Vectors.stored(Vectors.unit(key)));
                values.add(Vectors.stored(Vectors.plus(themeValue, (float) noise, random.randn(WIDTH))));
            }
        }
        return new RecallSequence(keys, values, needles, random.consumed());
    }

    int tokens() {
        return keys.length;
    }

    /** The key of one token, [d]; not to be changed. */
    double[] key(int token) {
        return keys[token];
    }

    /** The value of one token, [d]; not to be changed. */
    double[] value(int token) {
        return values[token];
    }

    /** Positions of the needles, ascending. */
    List<Integer> needles() {
        return needles;
    }

    /** Number of words that the sequence took from the generator. */
    long words() {
        return words;
    }

    /** The input of Algorithm 1, [T, d²]: {@code k v^T} of each token as a row. */
    double[][] features() {
        double[][] rows = new double[keys.length][];
        for (int t = 0; t < keys.length; t++) {
            rows[t] = Vectors.outer(keys[t], values[t]);
        }
        return rows;
    }

    /** {@code max(2, length + randint(−2, 3))}. */
    static int jittered(TorchGenerator random, int length) {
        return Math.max(MIN_LENGTH, length + random.randint(-JITTER, JITTER + 1));
    }

    private static double[] unit(TorchGenerator random) {
        return Vectors.stored(Vectors.unit(random.randn(WIDTH)));
    }
}
