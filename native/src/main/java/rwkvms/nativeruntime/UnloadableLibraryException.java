package rwkvms.nativeruntime;

/** A file that the dynamic linker does not load, with its reason: nothing can be said of what is in it. */
public final class UnloadableLibraryException extends IncompatibleLibraryException {
    private static final long serialVersionUID = 1;

    public UnloadableLibraryException(String problem) {
        super(problem);
    }
}
