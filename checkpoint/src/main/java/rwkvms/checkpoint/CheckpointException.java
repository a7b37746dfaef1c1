package rwkvms.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint that is refused: the message says where, what was expected and what was found. */
public final class CheckpointException extends IOException {
    CheckpointException(Path file, String place, String expected, String found) {
        super(file + (place.isEmpty() ? "" : ", " + place) + ": expected " + expected + ", found " + found);
    }

    CheckpointException(Path file, String place, String expected, String found, Exception cause) {
        this(file, place, expected, found);
        initCause(cause);
    }
}
