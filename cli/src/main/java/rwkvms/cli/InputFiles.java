package rwkvms.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that the command line names: there, readable, and no folder. */
final class InputFiles {
    private InputFiles() {
    }

    /** Refuses a file before anything tries to read it, so that every command says it in the same words. */
    static Path readable(Path file) throws IOException {
        if (Files.isReadable(file) && !Files.isDirectory(file)) {
            return file;
        }
        String found = Files.isDirectory(file) ? "a folder" : Files.exists(file) ? "one without permission" : "none";
        throw new IOException(file + ": expected a readable file, found " + found);
    }

    /** Refuses a folder that is none. */
    static Path folder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return folder;
        }
        throw new IOException(
                folder + ": expected a folder, found " + (Files.exists(folder) ? "a file" : "none"));
    }
}
