package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.file.InputFile;

/** Files and folders that the command line names. */
final class InputFiles {
    private InputFiles() {
    }

    /** Refuses a file before it is read, so that every command uses the same words. */
    static Path readable(Path file) throws IOException {
        return InputFile.require(file);
    }

    static Optional<Path> optional(@Nullable Path file) throws IOException {
        return file == null ? Optional.empty() : Optional.of(readable(file));
    }

    /** Refuses what is no folder. */
    static Path folder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return folder;
        }
        throw new IOException(
                folder + ": expected a folder, found " + (Files.exists(folder) ? "a file" : "none"));
    }
}
