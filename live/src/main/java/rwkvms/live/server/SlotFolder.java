package rwkvms.live.server;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The folder of saved slots. */
final class SlotFolder {
    /** The names that mean the same file on every system; none is hidden or a parent folder. */
    private static final String NAME = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";

    private final Path folder;

    SlotFolder(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /** The file to save a slot to. */
    Path toSave(String name) {
        Path file = file(name);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw RequestException.bad("filename: expected a file or none yet, found something else of that name");
        }
        return file;
    }

    /** The file to restore a slot from: a file in this folder, not a link to elsewhere. */
    Path toRestore(String name) {
        Path file = file(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw RequestException.bad("filename: expected a file of the slot folder, found none of that name");
        }
        return file;
    }

    private Path file(String name) {
        if (!name.matches(NAME)) {
            throw RequestException.bad("filename: expected 1 to 128 letters, digits, '.', '_' or '-', not beginning "
                    + "with '.', found another name");
        }
        return folder.resolve(name);
    }
}
