package rwkvms.report;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import rwkvms.file.FileFailure;

/** Writes the files of a report. What goes wrong names the file: the JDK says of a full disk no more than that it is full. */
final class ReportFiles {
    private ReportFiles() {
    }

    static void write(Path file, String text) throws IOException {
        FileFailure.naming(file, () -> Files.writeString(file, text));
    }

    static void write(Path file, byte[] bytes) throws IOException {
        FileFailure.naming(file, () -> Files.write(file, bytes));
    }

    static FileSystemException unwritten(Path file, Exception cause) {
        FileSystemException named = new FileSystemException(file.toString(), null, cause.getMessage());
        named.initCause(cause);
        return named;
    }
}
