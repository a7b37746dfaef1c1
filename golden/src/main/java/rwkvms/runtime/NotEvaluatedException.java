package rwkvms.runtime;

/** A runtime cannot run this case, which says nothing about its correctness: reported as not evaluated, with the reason. */
public final class NotEvaluatedException extends Exception {
    private static final long serialVersionUID = 1;

    public NotEvaluatedException(String reason) {
        super(reason);
    }

    /** Why, in one line. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
