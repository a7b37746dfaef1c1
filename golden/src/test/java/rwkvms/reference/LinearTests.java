package rwkvms.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** Products against exact sums, and what they must not depend on. */
final class LinearTests {
    /** One rounding of a product of two float32 is none in double; a sum of n terms has n − 1. */
    private static final double UNIT_ROUNDOFF = 0x1p-53;

    private static Tensor matrix(int rows, int columns, Random random) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(20) - 10));
        }
        return Tensor.ofFloats(Shape.of(rows, columns), values);
    }

    private static double[] vector(int size, Random random) {
        return matrix(1, size, random).toDoubles();
    }

    @Property(tries = 100)
    void isExactUpToItsSum(@ForAll @IntRange(min = 1, max = 5) int outputs,
            @ForAll @IntRange(min = 1, max = 70) int inputs, @ForAll long seed) {
        Random random = new Random(seed);
        Tensor weight = matrix(outputs, inputs, random);
        double[] x = vector(inputs, random);
        double[] y = Linear.of(weight).apply(x);
        assertThat(y).hasSize(outputs);
        for (int o = 0; o < outputs; o++) {
            BigDecimal exact = BigDecimal.ZERO;
            double magnitude = 0;
            for (int i = 0; i < inputs; i++) {
                double w = weight.at(o * inputs + i);
                exact = exact.add(new BigDecimal(w).multiply(new BigDecimal(x[i])));
                magnitude += Math.abs(w * x[i]);
            }
            double error = new BigDecimal(y[o]).subtract(exact).abs().doubleValue();
            assertThat(error).isLessThanOrEqualTo(inputs * UNIT_ROUNDOFF * magnitude);
        }
    }

    @Property(tries = 50)
    void fromTheRightIsTheTransposedMatrix(@ForAll @IntRange(min = 1, max = 40) int inputs,
            @ForAll @IntRange(min = 1, max = 9) int outputs, @ForAll long seed) {
        Random random = new Random(seed);
        Tensor right = matrix(inputs, outputs, random);
        float[] transposed = new float[inputs * outputs];
        for (int i = 0; i < inputs; i++) {
            for (int o = 0; o < outputs; o++) {
                transposed[o * inputs + i] = (float) right.at(i * outputs + o);
            }
        }
        double[] x = vector(inputs, random);
        assertThat(Linear.fromRight(right).apply(x))
                .isEqualTo(Linear.of(Tensor.ofFloats(Shape.of(outputs, inputs), transposed)).apply(x));
    }

    @Property(tries = 50)
    void stackedMapsGiveWhatEachGivesAlone(@ForAll @IntRange(min = 1, max = 33) int inputs, @ForAll long seed) {
        Random random = new Random(seed);
        Tensor first = matrix(3, inputs, random);
        Tensor second = matrix(2, inputs, random);
        double[] x = vector(inputs, random);
        double[] stacked = Linear.of(first, second).apply(x);
        assertThat(IntStream.range(0, 3).mapToDouble(o -> stacked[o]))
                .containsExactly(boxed(Linear.of(first).apply(x)));
        assertThat(IntStream.range(3, 5).mapToDouble(o -> stacked[o]))
                .containsExactly(boxed(Linear.of(second).apply(x)));
    }

    private static Double[] boxed(double[] values) {
        return IntStream.range(0, values.length).mapToObj(i -> values[i]).toArray(Double[]::new);
    }

    @Test
    void knownProduct() {
        Tensor weight = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        assertThat(Linear.of(weight).apply(new double[]{1, 10, 100})).containsExactly(321, 654);
        assertThat(Linear.fromRight(weight).apply(new double[]{1, 10})).containsExactly(41, 52, 63);
        assertThat(Linear.of(weight).outputs()).isEqualTo(2);
        assertThat(Linear.fromRight(weight).outputs()).isEqualTo(3);
    }
}
