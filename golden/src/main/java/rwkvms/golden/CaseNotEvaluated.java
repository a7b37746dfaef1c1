package rwkvms.golden;

/**
 * The outcome for a fixture that a runtime cannot run, with the reason. It counts neither as compared nor as expected.
 */
public record CaseNotEvaluated(String caseName, String runtime, String reason) implements CaseResult {
}
