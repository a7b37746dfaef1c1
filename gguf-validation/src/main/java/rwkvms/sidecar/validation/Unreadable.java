package rwkvms.sidecar.validation;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import rwkvms.file.UnreadableFileException;

/** I/O failures in the words of a message. */
final class Unreadable {
    private Unreadable() {
    }

    static String describe(IOException failure) {
        return switch (failure) {
            case UnreadableFileException other -> other.found();
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "one that may not be read";
            default -> failure.getClass().getSimpleName() + ": " + failure.getMessage();
        };
    }
}
