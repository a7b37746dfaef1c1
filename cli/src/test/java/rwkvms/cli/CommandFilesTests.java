package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and folders that commands are given, write and leave. */
final class CommandFilesTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aTemporaryFolderGoesWithAllThatIsInIt() throws IOException {
        Path work = Files.createDirectories(folder.resolve("work/deep/deeper")).getParent();
        Files.writeString(work.resolve("file"), "text");

        TemporaryFolder.delete(folder.resolve("work"));

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderIsGivenBackOrRefused() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(InputFiles.folder(folder)).isEqualTo(folder);
        assertThatThrownBy(() -> InputFiles.folder(file)).isInstanceOf(IOException.class)
                .hasMessage(file + ": expected a folder, found a file");
        assertThatThrownBy(() -> InputFiles.folder(folder.resolve("none"))).isInstanceOf(IOException.class)
                .hasMessage(folder.resolve("none") + ": expected a folder, found none");
        assertThat(InputFiles.readable(file)).isEqualTo(file);
    }
}
