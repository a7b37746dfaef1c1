package rwkvms.parity.budget;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/** The bounds hold for what float32 does, and are no larger than they need to be. */
final class Float32Tests {
    private static final int TRIES = 2000;
    /** A relative error that operands are given: a thousand roundings. */
    private static final double SPREAD = 6e-5;

    private final Float32 float32 = new Float32(Sums.CERTAIN);
    private final Random random = new Random(20_240);

    /** Any value, and a float32 within its bound. */
    private Bound operand(double scale) {
        double value = scale * random.nextGaussian();
        return new Bound(value, Math.abs(value) * SPREAD);
    }

    private float within(Bound bound) {
        return (float) (bound.value() + (2 * random.nextDouble() - 1) * 0.99 * bound.error());
    }

    private static void holds(Bound bound, float found) {
        assertThat(Math.abs(found - bound.value())).as(bound + " and " + found).isLessThanOrEqualTo(bound.error());
    }

    @Test
    void sumsProductsAndQuotientsStayWithinTheirBounds() {
        for (int i = 0; i < TRIES; i++) {
            Bound a = operand(3);
            Bound b = operand(0.2);
            float x = within(a);
            float y = within(b);
            holds(float32.plus(a, b), x + y);
            holds(float32.minus(a, b), x - y);
            holds(float32.times(a, b), x * y);
            holds(float32.over(a, b), x / y);
        }
    }

    @Test
    void exactOperandsLeaveOneRounding() {
        Bound third = float32.over(Bound.ONE, Bound.exact(3));
        assertThat(third.error()).isEqualTo(Float32.U / 3 + Float32.TINY);
        assertThat(float32.times(Bound.exact(3), Bound.exact(5)).error()).isEqualTo(15 * Float32.U + Float32.TINY);
        assertThat(float32.plus(Bound.exact(3), Bound.exact(-5)).error()).isEqualTo(2 * Float32.U + Float32.TINY);
        assertThat(float32.sqrt(Bound.exact(9)).error()).isEqualTo(3 * Float32.U + Float32.TINY);
    }

    @Test
    void whatMayBeZeroHasNoQuotient() {
        assertThat(float32.over(Bound.ONE, new Bound(1e-8, 1e-8)).error()).isInfinite();
        assertThat(float32.times(Bound.ZERO, new Bound(1, Double.POSITIVE_INFINITY)).error()).isInfinite();
    }

    @Test
    void aRootNearZeroLosesHalfItsDigits() {
        assertThat(float32.sqrt(new Bound(1e-8, 3e-8)).error()).isBetween(1e-4, 2.01e-4);
        assertThat(float32.sqrt(new Bound(0.25, 1e-6)).error()).isBetween(1e-6, 1.1e-6);
    }

    @Test
    void functionsStayWithinTheirBounds() {
        function(float32::exp, Math::exp, 5);
        function(float32::tanh, Math::tanh, 3);
        function(float32::sigmoid, z -> 1 / (1 + Math.exp(-z)), 8);
        function(float32::softplus, z -> z > 20 ? z : Math.log1p(Math.exp(z)), 15);
        function(z -> float32.sqrt(new Bound(Math.abs(z.value()), z.error())), z -> Math.sqrt(Math.abs(z)), 2);
    }

    private void function(UnaryOperator<Bound> bounded, DoubleUnaryOperator exact, double scale) {
        for (int i = 0; i < TRIES; i++) {
            Bound z = operand(scale);
            Bound result = bounded.apply(z);
            assertThat(result.value()).isCloseTo(exact.applyAsDouble(z.value()),
                    Percentage.withPercentage(1e-10));
            holds(result, (float) exact.applyAsDouble(within(z)));
            double size = Math.max(1, Math.abs(result.value()));
            double passedOn = SPREAD * Math.max(Math.abs(z.value()) * size, Math.abs(result.value()));
            assertThat(result.error()).as("bound of %s", z).isLessThan(1.01 * passedOn + 20 * Float32.U * size);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 2560})
    void sumsOfProductsInAnyOrderStayWithinBothBounds(int count) {
        for (int i = 0; i < 20; i++) {
            Bound[] x = new Bound[count];
            Bound[] y = new Bound[count];
            for (int j = 0; j < count; j++) {
                x[j] = Bound.exact((float) random.nextGaussian());
                y[j] = Bound.exact((float) random.nextGaussian());
            }
            Bound certain = float32.dot(x, y);
            Bound likely = new Float32(Sums.LIKELY).dot(x, y);
            assertThat(likely.value()).isEqualTo(certain.value());
            assertThat(likely.error()).isLessThanOrEqualTo(certain.error());
            for (int lanes : new int[]{1, 4, 32}) {
                holds(certain, dot(x, y, lanes));
                holds(likely, dot(x, y, lanes));
            }
        }
    }

    /** In float32, in that many partial sums. */
    private static float dot(Bound[] x, Bound[] y, int lanes) {
        float[] partial = new float[lanes];
        for (int i = 0; i < x.length; i++) {
            partial[i % lanes] += (float) x[i].value() * (float) y[i].value();
        }
        float sum = 0;
        for (float each : partial) {
            sum += each;
        }
        return sum;
    }

    @Test
    void longSumsAreLikelyToBeFarBetterThanIsCertain() {
        Bound[] ones = new Bound[2560];
        Bound[] signs = new Bound[2560];
        for (int i = 0; i < ones.length; i++) {
            ones[i] = Bound.ONE;
            signs[i] = Bound.exact(random.nextBoolean() ? 1 : -1);
        }
        double certain = float32.dot(ones, signs).error();
        assertThat(certain).isBetween(2560 * 2560 * Float32.U, 1.001 * 2560 * 2560 * Float32.U);
        assertThat(new Float32(Sums.LIKELY).dot(ones, signs).error()).isLessThan(certain / 50);
    }

    @ParameterizedTest
    @EnumSource(Sums.class)
    void operandsErrorsComeThroughASum(Sums sums) {
        Bound[] x = {new Bound(2, 1e-3), Bound.ONE};
        Bound[] y = {Bound.exact(3), new Bound(4, 1e-3)};
        assertThat(new Float32(sums).dot(x, y).error()).isBetween(4e-3, 4.01e-3);
    }

    @Test
    void aNormAtItsFloorDividesByIt() {
        Bound[] small = float32.normalized(Bound.exact(3e-8, 4e-8), 2, 1e-6);
        assertThat(small[0].value()).isEqualTo(3e-2);
        Bound[] large = float32.normalized(Bound.exact(3, 4, 0, 5), 2, 1e-6);
        assertThat(large[1].value()).isEqualTo(0.8);
        assertThat(large[3].value()).isEqualTo(1);
        assertThat(large[1].error()).isLessThan(6 * Float32.U);
    }

    @Test
    void matricesAreAppliedFromTheirSide() {
        Tensor weight = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
        Bound[] left = Matrix.of(weight).times(Bound.exact(1, 10, 100), float32);
        assertThat(left).extracting(Bound::value).containsExactly(321.0, 654.0);
        Bound[] right = Matrix.fromRight(weight).times(Bound.exact(1, 10), float32);
        assertThat(right).extracting(Bound::value).containsExactly(41.0, 52.0, 63.0);
    }
}
