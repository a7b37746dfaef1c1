package rwkvms.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import rwkvms.file.FileFailure;
import rwkvms.file.InputFile;

/** A log in a file, which is deleted if it was made for a server that did not start. */
final class LogFile implements AutoCloseable {
    private final Path file;
    private final boolean made;
    private final PrintWriter out;
    private boolean kept;

    private LogFile(Path file) throws IOException {
        this.file = file;
        this.made = Files.notExists(file);
        this.out = new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8));
    }

    /** Refuses a file that cannot be written, and leaves it as it was. */
    static void requireWritable(Path file) throws IOException {
        boolean absent = Files.notExists(file);
        if (!absent && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            if (InputFile.isPipe(file) && isNamed(file)) {
                throw AddressFile.somethingElse(file);
            }
            return; // a device, or a stream of this process, which must not be closed before its time
        }
        writing(file, () -> {
            Files.newByteChannel(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE).close();
            if (absent) {
                Files.delete(file);
            }
        });
    }

    /** Whether the pipe has a name. Otherwise this process was given it, and its other end is open. */
    private static boolean isNamed(Path file) {
        try {
            return Files.exists(file.toRealPath());
        } catch (IOException none) {
            return false;
        }
    }

    static LogFile open(Path file) throws IOException {
        try {
            return new LogFile(file);
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    /** Runs an action; its failure says that the file cannot be written. */
    static void writing(Path file, FileFailure.Action action) throws IOException {
        try {
            action.run();
        } catch (IOException e) {
            throw notWritten(file, e);
        }
    }

    static IOException notWritten(Path file, IOException e) {
        String reason = switch (e) {
            case NoSuchFileException none -> "its folder is not there";
            case FileSystemException other -> Failures.reason(other);
            default -> String.valueOf(e.getMessage());
        };
        return new IOException(file + ": cannot be written: " + reason, e);
    }

    PrintWriter out() {
        return out;
    }

    /** Keeps the file, because the server has started; refuses one that did not take what was written. */
    void keep() throws IOException {
        if (out.checkError()) {
            throw new IOException(file + ": cannot be written: the lines of the start were not taken");
        }
        kept = true;
    }

    @Override
    public void close() throws IOException {
        out.close();
        if (made && !kept) {
            Files.deleteIfExists(file);
        }
    }
}
