package rwkvms.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The file with a server's address, which exists while the server listens. */
final class AddressFile {
    private static final Pattern ADDRESS = Pattern.compile("https?://\\S+\\R?");
    private static final int MAX_LENGTH = 1 << 12;

    private AddressFile() {
    }

    /** Deletes the address of an earlier server, and refuses a file that cannot be written. */
    static void clear(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw somethingElse(file);
        }
        if (Files.exists(file) && !tellsAddress(file)) {
            throw new IOException(file
                    + ": expected the address of an earlier server, an empty file or none, found other text");
        }
        LogFile.requireWritable(file);
        LogFile.writing(file, () -> Files.deleteIfExists(file));
    }

    static IOException somethingElse(Path file) {
        return new IOException(file + ": expected a file or none yet, found something else of that name");
    }

    /** Whether the file may be deleted: it is empty or holds an address. */
    private static boolean tellsAddress(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MAX_LENGTH), StandardCharsets.ISO_8859_1);
            return text.isEmpty() || (text.length() < MAX_LENGTH && ADDRESS.matcher(text).matches());
        } catch (IOException e) {
            throw LogFile.notWritten(file, e);
        }
    }

    static void write(Path file, String url) throws IOException {
        LogFile.writing(file, () -> OutputFile.replace(file, url + "\n"));
    }

    /** Deletes the file, unless it holds the address of another server by now. */
    static void remove(Path file, String url) throws IOException {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.readString(file).equals(url + "\n")) {
            Files.delete(file);
        }
    }
}
