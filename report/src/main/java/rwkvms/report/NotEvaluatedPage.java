package rwkvms.report;

/** Says that a case of a report was not evaluated: it shows as skipped, with the reason, and never as passed. */
final class NotEvaluatedPage extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotEvaluatedPage(String reason) {
        super("NOT EVALUATED: " + reason, null, false, false);
    }
}
