package rwkvms.live.library;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder through which a process with a library in it talks to the one that started it. */
record LibraryFolder(Path path) {
    /** What is to be run. */
    Path cases() {
        return path.resolve("cases");
    }

    /** There from before the library is loaded: the process itself runs. */
    Path started() {
        return path.resolve("started");
    }

    /** There from when the library is loaded and open, or refused. */
    Path opened() {
        return path.resolve("opened");
    }

    /** There from when the case of that number is done. */
    Path answer(int number) {
        return path.resolve("answer-" + number);
    }

    /** Makes room for a process that has not begun. */
    void clear() throws IOException {
        Files.deleteIfExists(started());
        Files.deleteIfExists(opened());
    }
}
