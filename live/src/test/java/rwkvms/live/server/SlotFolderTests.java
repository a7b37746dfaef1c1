package rwkvms.live.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that a slot may be saved to and restored from, and lines of the log. */
final class SlotFolderTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void filesOfTheFolder() throws IOException {
        SlotFolder slots = new SlotFolder(folder.resolve("x/.."));
        Path file = folder.resolve("a-_9.bin");
        assertThat(slots.toSave("a-_9.bin")).isEqualTo(file);
        Files.writeString(file, "");
        assertThat(slots.toSave("a-_9.bin")).isEqualTo(file);
        assertThat(slots.toRestore("a-_9.bin")).isEqualTo(file);
        assertThat(slots.toSave("n".repeat(128))).isEqualTo(folder.resolve("n".repeat(128)));
    }

    @Test
    void whatIsNoFileOfIt() throws IOException {
        SlotFolder slots = new SlotFolder(folder);
        Files.createDirectory(folder.resolve("folder"));
        Files.createSymbolicLink(folder.resolve("link"), Files.writeString(folder.resolve("own"), ""));
        for (String name : new String[]{"folder", "link"}) {
            assertThatExceptionOfType(RequestException.class).isThrownBy(() -> slots.toSave(name))
                    .withMessage("filename: expected a file or none yet, found something else of that name");
        }
        for (String name : new String[]{"folder", "link", "none"}) {
            assertThatExceptionOfType(RequestException.class).isThrownBy(() -> slots.toRestore(name))
                    .withMessage("filename: expected a file of the slot folder, found none of that name");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", ".a", "../a", "a/b", "a\\b", "a b", "\u00e9", "a\0", "a\n"})
    void otherNames(String name) {
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> new SlotFolder(folder).toSave(name))
                .withMessage("filename: expected 1 to 128 letters, digits, '.', '_' or '-', not beginning with '.', "
                        + "found another name");
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> new SlotFolder(folder).toRestore("n".repeat(129)));
    }

    @Test
    void aLineOfTheLogStaysALine() {
        StringWriter text = new StringWriter();
        new ServerLog(new PrintWriter(text)).line("a\r\n\u0007b");
        assertThat(text.toString()).matches("[0-5]\\.\\d{3} a b\\R");
    }
}
