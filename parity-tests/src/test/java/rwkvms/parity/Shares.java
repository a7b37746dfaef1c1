package rwkvms.parity;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import rwkvms.comparison.TensorComparison;
import rwkvms.comparison.Tolerance;
import rwkvms.tensor.Tensor;

/** How much values use of what they are judged at: of 1e-5 + 1e-5·|x|, and those beyond it of what float32 can know of them. */
final class Shares {
    /** Upper ends of the bins within the tolerance. */
    private static final double[] PLAIN = {0.001, 0.01, 0.1, 1};
    /** Upper ends of the bins within the limits. */
    private static final double[] KNOWN = {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};

    private final long[] plain = new long[PLAIN.length];
    private final long[] known = new long[KNOWN.length];
    private final List<String> alarms = new ArrayList<>();
    private double largest;
    private long notJudged;
    private long beyond;
    private int configurations;

    /** Counts the values within the tolerance, and returns the numbers of the others. */
    BitSet plain(Tensor found, Tensor exact) {
        BitSet missed = new BitSet();
        double[] expected = exact.toDoubles();
        double[] actual = found.toDoubles();
        for (int i = 0; i < expected.length; i++) {
            double share = Math.abs(actual[i] - expected[i]) / Tolerance.DEFAULT.limit(expected[i]);
            if (share <= PLAIN[0]) {
                plain[0]++;
            } else if (Tolerance.DEFAULT.accepts(actual[i], expected[i])) {
                plain[bin(PLAIN, share)]++;
            } else {
                missed.set(i);
            }
        }
        return missed;
    }

    /** Counts a value that is beyond the tolerance and within its limit. */
    void known(double share) {
        known[bin(KNOWN, share)]++;
        largest = Math.max(largest, share);
    }

    private static int bin(double[] ends, double share) {
        int bin = 0;
        while (bin < ends.length - 1 && share > ends[bin]) {
            bin++;
        }
        return bin;
    }

    /** Counts the values of a tensor that are beyond their limits or not judged, and tells the first of the former. */
    void add(TensorComparison comparison) {
        notJudged += comparison.notJudged();
        beyond += comparison.over();
        comparison.bad().forEach(bad -> alarms.add(comparison.tensor().label() + ": " + bad));
    }

    /** Counts a tensor of a configuration. */
    void add(Shares tensor, String of) {
        addTo(plain, tensor.plain);
        addTo(known, tensor.known);
        largest = Math.max(largest, tensor.largest);
        notJudged += tensor.notJudged;
        beyond += tensor.beyond;
        tensor.alarms.forEach(alarm -> alarms.add(alarm + ", " + of));
    }

    private static void addTo(long[] sums, long... counts) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += counts[i];
        }
    }

    void configuration() {
        configurations++;
    }

    int configurations() {
        return configurations;
    }

    /** All values that were judged. */
    long values() {
        return LongStream.of(plain).sum() + LongStream.of(known).sum() + beyond;
    }

    /** The first values of each tensor that are beyond their limits. */
    List<String> alarms() {
        return List.copyOf(alarms);
    }

    /** The head of a table of {@link #row}s. */
    static String head() {
        return "| implementation | configurations | values | alarms | of 1e-5: " + ends(PLAIN)
                + " | beyond it, of the limit: " + ends(KNOWN) + " | largest | not judged |\n"
                + "|---".repeat(PLAIN.length + KNOWN.length + 6) + "|";
    }

    private static String ends(double... ends) {
        return DoubleStream.of(ends).mapToObj(end -> "to " + (end < 0.01 ? 100 * end : Math.round(100 * end)) + " %")
                .collect(Collectors.joining(" | "));
    }

    String row(String name) {
        return String.format(Locale.ROOT, "| %s | %,d | %,d | **%d** | %s | %s | %.1f %% | %,d |", name, configurations,
                values(), beyond, counts(plain), counts(known), 100 * largest, notJudged);
    }

    private static String counts(long... counts) {
        return LongStream.of(counts).mapToObj(count -> String.format(Locale.ROOT, "%,d", count))
                .collect(Collectors.joining(" | "));
    }
}
