package rwkvms.report;

/**
 * How near something that a test judged came to its limit, for the release page.
 *
 * @param runtime what was judged
 * @param device  where it computed, such as {@code CPU}
 * @param of      the largest difference relative to its limit; above 1 fails
 */
public record Headroom(String runtime, String device, double of) {
    /** The parameters of a test's result that the release page reads. */
    static final String RUNTIME = "runtime";
    static final String DEVICE = "device";
    static final String OF_LIMIT = "of limit";
}
