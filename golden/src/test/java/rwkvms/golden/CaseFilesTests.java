package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cases below a folder include all that its list names, if it has one. */
final class CaseFilesTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aFolderWithoutAListHasWhatIsThere() throws Exception {
        Files.createFile(Files.createDirectory(folder.resolve("mine")).resolve("fixture.json"));
        Files.createDirectory(folder.resolve("notes"));

        assertThat(CaseFiles.below(folder)).extracting(CaseFiles::name).containsExactly("mine");
    }

    @Test
    void aListedCaseThatIsGoneIsNamed() throws Exception {
        Files.createFile(Files.createDirectory(folder.resolve("mine")).resolve("fixture.json"));
        Files.writeString(folder.resolve(CaseFiles.LIST), "gone\nmine\n");

        assertThatIOException().isThrownBy(() -> CaseFiles.below(folder)).withMessage(folder
                + ": expected 2 committed golden cases, found 1 of them, and not gone; check the golden cases out again");
    }
}
