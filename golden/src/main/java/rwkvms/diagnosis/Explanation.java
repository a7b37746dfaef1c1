package rwkvms.diagnosis;

import rwkvms.hypotheses.Hypothesis;

/**
 * A mistake whose values a runtime gave.
 *
 * @param cases      how many cases it explains that the correct rule does not
 * @param of         of so many that were tried
 * @param maxAbsDiff the largest difference between its values and the runtime's in those
 */
public record Explanation(Hypothesis hypothesis, int cases, int of, double maxAbsDiff) {
}
