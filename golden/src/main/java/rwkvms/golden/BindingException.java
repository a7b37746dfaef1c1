package rwkvms.golden;

/** Thrown if a sidecar does not hold the weights that a fixture was computed with. */
public final class BindingException extends Exception {
    private static final long serialVersionUID = 1;

    public BindingException(String place, String expected, String found) {
        super(place + ": expected " + expected + ", found " + found);
    }
}
