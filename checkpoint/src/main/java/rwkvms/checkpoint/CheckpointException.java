package rwkvms.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint that is refused: the message says where, what was expected and what was found. */
public final class CheckpointException extends IOException {
    CheckpointException(Path file, String place, String expected, String found) {
        this(file.toString(), place, expected, found);
    }

    CheckpointException(String source, String place, String expected, String found) {
        super(source + (place.isEmpty() ? "" : ", " + place) + ": expected " + expected + ", found " + found);
    }

    CheckpointException(Path file, String place, String expected, String found, Exception cause) {
        this(file.toString(), place, expected, found, cause);
    }

    CheckpointException(String source, String place, String expected, String found, Exception cause) {
        this(source, place, expected, found);
        initCause(cause);
    }
}
