package rwkvms.live.health;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The text of a file that people write: UTF-8, or UTF-16 with a byte order mark, which is not part of the text. A file
 * that only stands for another one, such as an HTML page, is refused as what it is.
 */
final class SuiteText {
    private static final int MAX_BYTES = 64 << 20;
    private static final char MARK = '\uFEFF';
    private static final int BYTE = 0xFF;
    private static final int MARK_HIGH = 0xFE;
    private static final int MARK_LOW = 0xFF;

    private SuiteText() {
    }

    /**
     * The bytes of a file, which may be a pipe.
     *
     * @param what is expected in it, such as "a trace of "; "" if nothing in particular is
     */
    static byte[] bytes(Path file, String what) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException(file + ": expected " + what + "at most " + MAX_BYTES + " bytes, found "
                        + (Files.isRegularFile(file) ? String.valueOf(Files.size(file)) : "more"));
            }
            return bytes;
        }
    }

    /** The whole text; an {@link IOException} names the file if it is none. */
    static String read(Path file) throws IOException {
        byte[] bytes = bytes(file, "");
        String text = withoutMark(decoded(file, bytes));
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            throw new IOException(file + ": expected text in UTF-8, found character 0 at character " + zero
                    + "; UTF-16 needs its byte order mark");
        }
        String begin = text.stripLeading().toLowerCase(Locale.ROOT);
        if (begin.startsWith("<!doctype html") || begin.startsWith("<html")) {
            throw new IOException(file + ": expected prompts, found an HTML page; fetch the file itself");
        }
        if (begin.startsWith("version https://git-lfs.github.com/spec/")) {
            throw new IOException(
                    file + ": expected prompts, found a Git LFS pointer; 'git lfs pull' fetches the file");
        }
        return text;
    }

    private static String decoded(Path file, byte[] bytes) throws IOException {
        Charset charset = charset(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            return charset.newDecoder().decode(buffer).toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + ": expected text in " + charset + ", found other bytes at byte "
                    + buffer.position(), e);
        }
    }

    private static Charset charset(byte[] bytes) {
        if (bytes.length < 2) {
            return StandardCharsets.UTF_8;
        }
        int first = bytes[0] & BYTE;
        int second = bytes[1] & BYTE;
        return first == MARK_HIGH && second == MARK_LOW
                ? StandardCharsets.UTF_16BE
                : first == MARK_LOW && second == MARK_HIGH ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_8;
    }

    /** The lines of a text, each without a mark: files that were concatenated have one in the middle. */
    static List<String> lines(String text) {
        return text.lines().map(SuiteText::withoutMark).toList();
    }

    /** The text without byte order marks at its beginning. */
    static String withoutMark(String text) {
        int begin = 0;
        while (begin < text.length() && text.charAt(begin) == MARK) {
            begin++;
        }
        return text.substring(begin);
    }
}
