package rwkvms.diagnosis;

import java.util.Comparator;
import rwkvms.comparison.Divergence;
import rwkvms.golden.CheckResult;

/**
 * The order in which failures are read: the one that differs earliest in the order of computation first, which names the spot
 * best, then the smaller case.
 */
public final class Grain implements Comparator<CheckResult> {
    /** The finest first; a failure without a divergence last. */
    public static final Grain FINEST_FIRST = new Grain();

    private Grain() {
    }

    @Override
    public int compare(CheckResult one, CheckResult other) {
        boolean has = one.firstDivergence().isPresent();
        if (!has || other.firstDivergence().isEmpty()) {
            return Boolean.compare(other.firstDivergence().isPresent(), has);
        }
        int place = place(one.firstDivergence().get()).compareTo(place(other.firstDivergence().get()));
        return place != 0 ? place : Long.compare(one.values(), other.values());
    }

    private static Place place(Divergence divergence) {
        return Place.of(divergence.tensor(), divergence.token());
    }
}
