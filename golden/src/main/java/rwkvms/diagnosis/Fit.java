package rwkvms.diagnosis;

/**
 * How near a hypothesis comes to what a runtime gave for a case.
 *
 * @param ratio      the largest difference relative to the tolerance; infinite if one is NaN or has another shape
 * @param maxAbsDiff the largest difference
 * @param first      where the values differ first; {@link Place#NOWHERE} if they agree
 * @param token      the first token that differs; {@link Integer#MAX_VALUE} if none does
 */
record Fit(double ratio, double maxAbsDiff, Place first, int token) {
}
