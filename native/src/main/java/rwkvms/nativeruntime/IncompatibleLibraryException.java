package rwkvms.nativeruntime;

/** A library cannot be tested: it cannot be loaded, lacks functions, or has another ABI than this suite's header. */
public class IncompatibleLibraryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public IncompatibleLibraryException(String problem) {
        super(problem);
    }

    public IncompatibleLibraryException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
