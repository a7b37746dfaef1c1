package rwkvms.golden;

/** Fixture and sidecar do not belong together: the weights are not those the fixture was computed with. */
public final class BindingException extends Exception {
    private static final long serialVersionUID = 1;

    public BindingException(String place, String expected, String found) {
        super(place + ": expected " + expected + ", found " + found);
    }
}
