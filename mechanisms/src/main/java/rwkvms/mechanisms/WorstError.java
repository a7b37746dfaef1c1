package rwkvms.mechanisms;

import java.util.List;
import java.util.Map;

/**
 * The largest errors of measurements against published values.
 *
 * @param compared values compared
 * @param missing  published values that nothing was measured for: another number of tokens or blocks counts as missing
 * @param recall   largest absolute difference of a recall
 * @param bound    … of a bound
 */
public record WorstError(int compared, int missing, double recall, double bound) {
    public static WorstError of(List<Measurement> measured, Map<PublishedFacts.Trial, Double> published) {
        int compared = 0;
        double recall = 0;
        double bound = 0;
        for (Measurement one : measured) {
            Double value = published.get(PublishedFacts.Trial.of(one));
            if (value == null) {
                continue;
            }
            compared++;
            double error = Math.abs(one.value() - value);
            if (one.setting().experiment() == Experiment.BOUND) {
                bound = Math.max(bound, error);
            } else {
                recall = Math.max(recall, error);
            }
        }
        return new WorstError(compared, published.size() - compared, recall, bound);
    }
}
