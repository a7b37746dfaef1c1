package rwkvms.runtime;

/**
 * Thrown if a runtime cannot run a case, which says nothing about its correctness; reported as not evaluated, with the
 * reason.
 */
public final class NotEvaluatedException extends Exception {
    private static final long serialVersionUID = 1;

    public NotEvaluatedException(String reason) {
        super(reason);
    }

    /** The reason, in one line. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
