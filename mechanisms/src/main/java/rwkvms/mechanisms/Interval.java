package rwkvms.mechanisms;

import java.util.Arrays;
import java.util.List;

import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A mean with its 95 % confidence interval by Student's t: {@code mean ± t · s / √n}, s being the standard deviation of the
 * sample. The half width of a single value is 0, because one value says nothing about the spread.
 */
public record Interval(int n, double mean, double halfWidth) {
    private static final double UPPER = 0.975;

    public static Interval of(List<Double> values) {
        double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
        double mean = Arrays.stream(all).average().orElseThrow();
        if (all.length == 1) {
            return new Interval(1, mean, 0);
        }
        double variance = Arrays.stream(all).map(value -> (value - mean) * (value - mean)).sum() / (all.length - 1);
        double t = TDistribution.of(all.length - 1).inverseCumulativeProbability(UPPER);
        return new Interval(all.length, mean, t * Math.sqrt(variance / all.length));
    }

    public double low() {
        return mean - halfWidth;
    }

    public double high() {
        return mean + halfWidth;
    }
}
