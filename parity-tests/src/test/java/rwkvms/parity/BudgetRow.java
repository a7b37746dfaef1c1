package rwkvms.parity;

import java.util.Map;
import java.util.TreeMap;
import rwkvms.math.Stage;

/**
 * One stage of a case, or of several, against its budget; all figures relative to the tolerance, 1 being the whole of it.
 *
 * @param certain no float32 evaluation of the stage alone is further off
 * @param likely  hardly any is
 * @param reached the likely bound where the errors of the stages before come in
 * @param own     by run, the largest error that the stage itself made
 * @param total   by run, the largest error from the case's inputs to the end of the stage
 */
record BudgetRow(Stage stage, double certain, double likely, double reached, Map<String, Double> own,
        Map<String, Double> total) {
    BudgetRow and(BudgetRow other) {
        return new BudgetRow(stage, Math.max(certain, other.certain), Math.max(likely, other.likely),
                Math.max(reached, other.reached), larger(own, other.own), larger(total, other.total));
    }

    private static Map<String, Double> larger(Map<String, Double> some, Map<String, Double> others) {
        Map<String, Double> larger = new TreeMap<>(some);
        others.forEach((run, value) -> larger.merge(run, value, Math::max));
        return larger;
    }
}
