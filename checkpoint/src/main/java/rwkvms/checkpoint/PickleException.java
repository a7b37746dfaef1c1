package rwkvms.checkpoint;

/** Thrown if a pickle is refused, with the byte; {@link TorchFile} adds the file. */
final class PickleException extends Exception {
    private final int offset;
    private final String expected;
    private final String found;

    PickleException(int offset, String expected, String found) {
        super("at byte " + offset + ": expected " + expected + ", found " + found);
        this.offset = offset;
        this.expected = expected;
        this.found = found;
    }

    int offset() {
        return offset;
    }

    String expected() {
        return expected;
    }

    String found() {
        return found;
    }
}
