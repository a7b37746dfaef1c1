package rwkvms.diagnosis;

import rwkvms.hypotheses.Hypothesis;

/**
 * A mistake whose values a runtime gave.
 *
 * @param cases      how many cases it explains that the correct rule does not
 * @param nearer     how many others it comes {@link Inquiry#NEARER} times as near as the rule: float32's roundings grow there
 * @param of         of so many that were tried
 * @param maxAbsDiff the largest difference between its values and the runtime's in those
 */
public record Explanation(Hypothesis hypothesis, int cases, int nearer, int of, double maxAbsDiff) {
}
