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

    /** One sidecar for several cases stands beside their list; without a list it is somebody else's. */
    @Test
    void aSidecarBesideTheListIsForCasesWithoutTheirOwn() throws Exception {
        Path shared = Files.createFile(folder.resolve("sidecar.gguf"));
        Path mine = Files.createDirectory(folder.resolve("mine"));
        Path yours = Files.createDirectory(folder.resolve("yours"));
        Files.createFile(mine.resolve("fixture.json"));
        Files.createFile(yours.resolve("fixture.json"));
        Path own = Files.createFile(yours.resolve("sidecar.gguf"));

        assertThat(CaseFiles.in(mine).orElseThrow().sidecar()).isEmpty();
        Files.writeString(folder.resolve(CaseFiles.LIST), "mine\nyours\n");
        assertThat(CaseFiles.in(mine).orElseThrow().sidecar()).contains(shared);
        assertThat(CaseFiles.in(yours).orElseThrow().sidecar()).contains(own);
    }
}
