package rwkvms.report;

/** Says that a case of a report was not evaluated: it shows as skipped, with the reason, and never as passed. */
final class NotEvaluatedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotEvaluatedException(String reason) {
        super("NOT EVALUATED: " + reason, null, false, false);
    }
}
