package rwkvms.report.drift;

/**
 * One sentence about a runtime.
 *
 * @param runtime empty if it is about the whole run
 */
public record Sentence(String runtime, String message) {
    @Override
    public String toString() {
        return runtime.isEmpty() ? message : runtime + ": " + message;
    }
}
