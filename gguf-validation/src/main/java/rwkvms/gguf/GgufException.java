package rwkvms.gguf;

import java.io.IOException;

/**
 * A GGUF file that cannot be read: what is wrong, where, what was expected and what was found.
 *
 * <p>The only exception {@link GgufReader} lets out over bytes it was given, whatever they hold.
 */
public final class GgufException extends IOException {
    private final GgufFault fault;
    private final String place;
    private final long offset;
    private final String expected;
    private final String found;

    public GgufException(GgufFault fault, String place, long offset, String expected, String found) {
        super(place + " at byte " + offset + ": expected " + expected + ", found " + found);
        this.fault = fault;
        this.place = place;
        this.offset = offset;
        this.expected = expected;
        this.found = found;
    }

    public GgufFault fault() {
        return fault;
    }

    /** The part of the file, such as {@code tensor 3's name} or {@code key "delta_mem.rank"}. */
    public String place() {
        return place;
    }

    /** Byte offset in the file of what was found. */
    public long offset() {
        return offset;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
