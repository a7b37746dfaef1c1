package rwkvms.report;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import rwkvms.comparison.TensorComparison;
import rwkvms.golden.CheckResult;

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

    /**
     * How many tensors a result has, or how many of them differ: what failed for another reason does not look like a pass.
     *
     * @param noun behind the number, with a space before it; may be empty
     */
    public static String tensors(CheckResult result, String noun) {
        int compared = result.comparisons().size();
        long differ = result.comparisons().stream().filter(each -> !each.passed()).count();
        String share = compared + "/" + result.expected() + noun;
        if (result.ok()) {
            return share;
        }
        if (differ > 0) {
            return differ + " of " + result.expected() + noun + (differ == 1 ? " differs" : " differ");
        }
        int errors = result.errors().size();
        return compared == 0 || errors == 0
                ? share + " compared"
                : share + " agree, " + errors + (errors == 1 ? " error" : " errors");
    }

    private static int telling(TensorComparison comparison) {
        boolean slot = Double.isFinite(comparison.maxAbsDiff()) && comparison.maxAbsDiff() >= MASKED;
        return slot ? 1 : comparison.passed() ? 0 : 2;
    }
}
