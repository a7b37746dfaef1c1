package rwkvms.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The file that tells a server's address: there while the server listens, and no longer. */
final class AddressFile {
    private static final Pattern ADDRESS = Pattern.compile("https?://\\S+\\R?");
    private static final int LONGEST = 1 << 12;

    private AddressFile() {
    }

    /** Forgets the address of a server before, and refuses a file that cannot be written. */
    static void clear(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw somethingElse(file);
        }
        if (Files.exists(file) && !tellsAddress(file)) {
            throw new IOException(file
                    + ": expected the address of a server before, or an empty file or none, found other text");
        }
        LogFile.requireWritable(file);
        LogFile.writing(file, () -> Files.deleteIfExists(file));
    }

    static IOException somethingElse(Path file) {
        return new IOException(file + ": expected a file or none yet, found something else of that name");
    }

    /** Whether nothing is lost with what is in it. */
    private static boolean tellsAddress(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1);
            return text.isEmpty() || (text.length() < LONGEST && ADDRESS.matcher(text).matches());
        } catch (IOException e) {
            throw LogFile.notWritten(file, e);
        }
    }

    static void write(Path file, String url) throws IOException {
        LogFile.writing(file, () -> OutputFile.replace(file, url + "\n"));
    }

    /** Deletes the file, unless it tells the address of another server by now. */
    static void remove(Path file, String url) throws IOException {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && Files.readString(file).equals(url + "\n")) {
            Files.delete(file);
        }
    }
}
