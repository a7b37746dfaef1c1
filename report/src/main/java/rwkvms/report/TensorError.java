package rwkvms.report;

/**
 * One bar of {@link ErrorPlot#byTensor}.
 *
 * @param tensor the tensor's name as in math.md
 * @param maxAbsDiff largest absolute difference, 0 or more; infinite if a value is NaN on one side only
 * @param tolerance the limit drawn over the bar, above 0
 * @param passed whether the tensor passed, which does not follow from the two numbers if the tolerance is relative
 */
public record TensorError(String tensor, double maxAbsDiff, double tolerance, boolean passed) {
    public TensorError {
        if (!(maxAbsDiff >= 0)) {
            throw new IllegalArgumentException(tensor + ": maxAbsDiff must be 0 or more, found " + maxAbsDiff);
        }
        if (!(tolerance > 0)) {
            throw new IllegalArgumentException(tensor + ": tolerance must be above 0, found " + tolerance);
        }
    }
}
