package rwkvms.live.library;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder through which a library's process talks to the process that started it. */
record LibraryFolder(Path path) {
    /** The cases to run. */
    Path cases() {
        return path.resolve("cases");
    }

    /** A file that appears before the library is loaded: the process runs. */
    Path started() {
        return path.resolve("started");
    }

    /** A file that appears when the library is open, or was refused. */
    Path opened() {
        return path.resolve("opened");
    }

    /** A file that appears when the case of that number is done. */
    Path answer(int number) {
        return path.resolve("answer-" + number);
    }

    /** Deletes what an earlier process left. */
    void clear() throws IOException {
        Files.deleteIfExists(started());
        Files.deleteIfExists(opened());
    }
}
