package rwkvms.runtime;

/** Thrown if a runtime does not offer an operation, which says nothing about its correctness. */
public final class NotOfferedFailure extends RuntimeFailure {
    private static final long serialVersionUID = 1;

    public NotOfferedFailure(String reason) {
        super(reason);
    }
}
