package rwkvms.parity;

import java.math.BigDecimal;
import java.util.Random;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/**
 * The two neighbouring float32 values between which the gate's verdict on one element turns, in exact decimal arithmetic: the
 * last one on one side of the expected value that {@code 1e-5 + 1e-5·|expected|} allows, and the next one.
 *
 * @param element  row-major index
 * @param accepted furthest value that passes
 * @param reported nearest value that fails
 */
record Edge(int element, double expected, double accepted, double reported) {
    private static final BigDecimal TOLERANCE = new BigDecimal("1e-5");
    /** Scores that top-k masks are the most negative float, which has no value beyond it. */
    private static final double MASKED = 1e30;
    private static final int DRAWS = 100;

    /** An edge at a random element, on a random side of it. */
    static Edge of(Tensor expected, Random random) {
        int element = random.nextInt(expected.count());
        for (int draw = 0; draw < DRAWS && Math.abs(expected.at(element)) >= MASKED; draw++) {
            element = random.nextInt(expected.count());
        }
        double at = expected.at(element);
        boolean up = random.nextBoolean();
        if (expected.dtype().kind() != DType.Kind.FLOATING) {
            return new Edge(element, at, at, at + (up ? 1 : -1));
        }
        float passes = (float) at;
        float fails = (float) (at + (up ? 1 : -1) * (1 + Math.abs(at)));
        while (true) {
            float next = up ? Math.nextUp(passes) : Math.nextDown(passes);
            if (next == fails) {
                return new Edge(element, at, passes, fails);
            }
            float middle = (float) (((double) passes + fails) / 2);
            // if the mean rounds to one of the two, at least one more float lies between them
            middle = middle == passes || middle == fails ? next : middle;
            if (allowed(middle, at)) {
                passes = middle;
            } else {
                fails = middle;
            }
        }
    }

    private static boolean allowed(float value, double expected) {
        BigDecimal off = new BigDecimal(value).subtract(new BigDecimal(expected)).abs();
        return off.compareTo(TOLERANCE.add(TOLERANCE.multiply(new BigDecimal(expected).abs()))) <= 0;
    }

    /** The smallest change that the gate reports here. */
    double change() {
        return Math.abs(reported - expected);
    }

    Tensor accepted(Tensor tensor) {
        return with(tensor, accepted);
    }

    Tensor reported(Tensor tensor) {
        return with(tensor, reported);
    }

    private Tensor with(Tensor tensor, double value) {
        if (tensor.dtype().kind() == DType.Kind.FLOATING) {
            double[] values = tensor.toDoubles();
            values[element] = value;
            return Tensor.ofRounded(tensor.shape(), values);
        }
        long[] values = tensor.toLongs();
        values[element] = (long) value;
        return Tensor.ofLongs(tensor.shape(), values);
    }
}
