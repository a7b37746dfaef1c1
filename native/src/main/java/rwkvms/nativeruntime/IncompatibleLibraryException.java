package rwkvms.nativeruntime;

/** A library that cannot be tested: not loadable, functions missing, or another ABI than this suite's header. */
public class IncompatibleLibraryException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public IncompatibleLibraryException(String problem) {
        super(problem);
    }

    public IncompatibleLibraryException(String problem, Throwable cause) {
        super(problem, cause);
    }
}
