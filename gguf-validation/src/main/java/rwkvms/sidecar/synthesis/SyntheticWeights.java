package rwkvms.sidecar.synthesis;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import rwkvms.sidecar.TensorNames;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Weights drawn from a seed, scaled like those of a trained module: hidden states of deviation near 1 give projections,
 * gates, features and deltas of order 1, and nothing saturates or is not finite.
 *
 * <p>A projection has normal values of deviation 1 / √inputs, times a gain; a vector of the core is its {@link RwkvInit}
 * plus noise. Each tensor has a generator of its own, {@value #ALGORITHM} of {@code java.util.random}, seeded by seed and
 * compact name, so that other tensors change nothing in it.
 *
 * @param headWidth r
 * @param zeroDelta whether all delta projections are zero: a sidecar that changes no activation of its base
 */
record SyntheticWeights(long seed, int headWidth, boolean zeroDelta) {
    static final String ALGORITHM = "L64X128MixRandom";

    /** Odd, so that names of different hashes have different seeds: 2^64 over the golden ratio. */
    private static final long STRIDE = 0x9e3779b97f4a7c15L;
    private static final RandomGeneratorFactory<RandomGenerator> GENERATORS = RandomGeneratorFactory.of(ALGORITHM);
    /** Deltas are alpha / r times as large as this makes them. */
    private static final double DELTA_GAIN = 0.25;
    private static final double GATE_BIAS = 0.5;
    /** A free lambda keeps most of the state. */
    private static final double LAMBDA_BIAS = 1.5;

    Tensor draw(TensorNames.Ref ref, Shape shape, DType dtype) {
        double[] values = new double[shape.count()];
        if (!(zeroDelta && ref.tensor().isDelta())) {
            fill(values, ref, shape, GENERATORS.create(seed + STRIDE * ref.compact().hashCode()));
        }
        return Tensor.ofRounded(dtype, shape, values);
    }

    private void fill(double[] values, TensorNames.Ref ref, Shape shape, RandomGenerator random) {
        RwkvInit init = new RwkvInit(ref.layer(), shape.dim(-1), headWidth);
        Arrays.setAll(values, n -> switch (ref.tensor()) {
            case MEM_Q, MEM_K, MEM_V, BETA, LAMBDA -> normal(random, 1 / Math.sqrt(shape.dim(1)));
            case DELTA_Q, DELTA_K, DELTA_V, DELTA_O -> normal(random, DELTA_GAIN / Math.sqrt(shape.dim(1)));
            case BETA_B -> normal(random, GATE_BIAS);
            case LAMBDA_B -> LAMBDA_BIAS + normal(random, GATE_BIAS);
            case X_R, X_W, X_K, X_V, X_A, X_G -> init.shift(ref.tensor(), n) + normal(random, 0.05);
            case W0 -> init.w0(n) + normal(random, 0.3);
            case A0 -> init.a0(n) + normal(random, 0.2);
            case K_K -> init.kK(n) + normal(random, 0.05);
            case K_A -> RwkvInit.kA() + normal(random, 0.1);
            case W1, A1, A2 -> normal(random, 1 / Math.sqrt(shape.dim(0)));
            case W2 -> normal(random, 0.5 / Math.sqrt(shape.dim(0)));
            case G1, G2 -> normal(random, 2 / Math.sqrt(shape.dim(0)));
            case RECEPTANCE, KEY, VALUE, OUTPUT -> normal(random, 1 / Math.sqrt(shape.dim(1)));
            case LN_X_WEIGHT -> 1 + normal(random, 0.1);
            case LN_X_BIAS -> normal(random, 0.1);
        });
    }

    private static double normal(RandomGenerator random, double deviation) {
        return random.nextGaussian() * deviation;
    }
}
