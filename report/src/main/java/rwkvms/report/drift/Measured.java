package rwkvms.report.drift;

import rwkvms.comparison.TensorComparison;

/**
 * What a run measured of one tensor in one case.
 *
 * @param values     judged
 * @param ofLimit    largest difference relative to the limit that held for its value; above 1 fails
 * @param error      largest absolute difference
 * @param scale      largest magnitude of the expected values; NaN if the verdict is of a gate that did not write it
 * @param passed     whether all judged values did
 */
public record Measured(long values, double ofLimit, double error, double scale, boolean passed) {
    /** The spacing of a float64 in that of a float32 of the same size. */
    private static final double FLOAT32_SPACING = 0x1p29;

    static Measured of(TensorComparison tensor) {
        return new Measured(tensor.judged(), tensor.maxRatio(), tensor.maxAbsDiff(), tensor.scale(), tensor.passed());
    }

    boolean hasScale() {
        return !Double.isNaN(scale);
    }

    /** The error in units in the last place of the tensor's scale; NaN if that is not known. */
    public double ulps() {
        return error / unit();
    }

    /** One float32 unit in the last place of the scale. Zeros have the scale of the absolute tolerance, 1. */
    double unit() {
        return FLOAT32_SPACING * Math.ulp(scale == 0 ? 1 : scale);
    }

    /** Returns a copy with the scale of another measurement of the same case, if it has none. */
    Measured withScaleOf(Measured other) {
        return hasScale() ? this : new Measured(values, ofLimit, error, other.scale, passed);
    }
}
