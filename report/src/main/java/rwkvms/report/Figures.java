package rwkvms.report;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import rwkvms.comparison.TensorComparison;

/** Differences that say nothing as numbers, in words. */
public final class Figures {
    /** In the place of a share of the tolerance that has no end: a slot or position differs, or a value is no number. */
    public static final String BEYOND = "beyond any";
    /** From here on a difference is that of a score from the most negative float: top-k chose another slot. */
    private static final double MASKED = Float.MAX_VALUE / 2;

    private Figures() {
    }

    /** The word for a difference; empty if the number says more. */
    public static Optional<String> word(double difference) {
        return !Double.isFinite(difference)
                ? Optional.of("no number")
                : difference >= MASKED ? Optional.of("other slot") : Optional.empty();
    }

    /** The tensor with the largest difference; where tensors differ, one of those, and another slot only if nothing else does. */
    public static Optional<TensorComparison> worst(Stream<TensorComparison> comparisons) {
        return comparisons.max(
                Comparator.comparingInt(Figures::telling).thenComparingDouble(TensorComparison::maxAbsDiff));
    }

    private static int telling(TensorComparison comparison) {
        boolean slot = Double.isFinite(comparison.maxAbsDiff()) && comparison.maxAbsDiff() >= MASKED;
        return slot ? 1 : comparison.passed() ? 0 : 2;
    }
}
