package rwkvms.nativeruntime;

/** The dynamic linker does not load a file; the message has its reason. */
public final class UnloadableLibraryException extends IncompatibleLibraryException {
    private static final long serialVersionUID = 1;

    public UnloadableLibraryException(String problem) {
        super(problem);
    }
}
