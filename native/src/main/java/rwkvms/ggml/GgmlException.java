package rwkvms.ggml;

/** ggml refused or failed; the message has what it logged. */
public final class GgmlException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GgmlException(String problem) {
        super(problem);
    }
}
