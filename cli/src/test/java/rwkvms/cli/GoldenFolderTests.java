package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.golden.CaseFiles;

/** The committed cases are checked whole, or the check says what is missing. */
final class GoldenFolderTests {
    @TempDir
    private Path root = Path.of("");

    private Path data = Path.of("");

    @BeforeEach
    void fill() throws IOException {
        data = root.resolve("golden/data");
        fill(data, "basic");
        fill(root.resolve("golden/original"), "v1-basic");
    }

    private static void fill(Path data, String name) throws IOException {
        Files.createDirectories(data.resolve(name));
        Files.createFile(data.resolve("base.gguf"));
        Files.createFile(data.resolve(name).resolve("fixture.json.gz"));
        Files.createFile(data.resolve(name).resolve("sidecar.gguf"));
        Files.writeString(data.resolve("cases.txt"), name + "\n");
    }

    @Test
    void aWholeCaseIsFound() throws Exception {
        assertThat(GoldenFolder.cases(root)).extracting(CaseFiles::name).containsExactly("basic", "v1-basic");
        assertThat(GoldenFolder.cases(root).getFirst()).satisfies(files -> {
            assertThat(files.sidecar()).contains(data.resolve("basic/sidecar.gguf"));
            assertThat(files.base()).contains(data.resolve("base.gguf"));
        });
    }

    @Test
    void aLostFolderIsNamed() {
        Path other = root.resolve("other");

        assertThatThrownBy(() -> GoldenFolder.cases(other)).isInstanceOf(IOException.class)
                .hasMessage(
                        other.resolve("golden/data") + ": expected the committed golden cases, found no such folder;"
                                + " run ./gate in a checkout, or name a fixture with --fixture");
    }

    /** Without them, nothing of what is judged would come from outside this project. */
    @Test
    void lostCasesOfTheOriginalCodeAreNamed() throws Exception {
        Path original = root.resolve("golden/original");
        Files.delete(original.resolve("v1-basic/sidecar.gguf"));

        assertThatThrownBy(() -> GoldenFolder.cases(root)).isInstanceOf(IOException.class).hasMessage(
                original.resolve("v1-basic") + ": expected sidecar.gguf, found none; check the golden cases out again");
    }

    @Test
    void anEmptyFolderIsNamed() throws Exception {
        Path empty = Files.createDirectories(root.resolve("empty/golden/data"));

        assertThatThrownBy(() -> GoldenFolder.cases(root.resolve("empty"))).isInstanceOf(IOException.class)
                .hasMessage(
                        empty + ": expected the committed golden cases, found no folder with a fixture; check the files"
                                + " out again, or name a fixture with --fixture");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            basic/fixture.json.gz | fixture.json or fixture.json.gz
            basic/sidecar.gguf    | sidecar.gguf
            base.gguf             | base.gguf, here or one folder up
            """)
    void aLostFileIsNamedAndNeverASmallerCheck(String file, String expected) throws Exception {
        Files.delete(data.resolve(file));

        assertThatThrownBy(() -> GoldenFolder.cases(root)).isInstanceOf(IOException.class).hasMessage(
                data.resolve("basic") + ": expected " + expected + ", found none; check the golden cases out again");
    }

    @Test
    void aFolderOfTheUsersOwnNeedsAFixtureAlone() throws Exception {
        Files.delete(data.resolve("basic/sidecar.gguf"));

        assertThat(GoldenFolder.named(data.resolve("basic")).fixture())
                .isEqualTo(data.resolve("basic/fixture.json.gz"));
        assertThatThrownBy(() -> GoldenFolder.named(data)).isInstanceOf(IOException.class)
                .hasMessage(data + ": expected fixture.json or fixture.json.gz in this folder, found neither");
    }

    /** A checkout with fewer cases once gave a smaller check, which passed. */
    @Test
    void casesThatAreGoneAreNamed() throws Exception {
        Files.writeString(data.resolve("cases.txt"), "basic\nbatch-mask\ntopk-2\n");

        assertThatThrownBy(() -> GoldenFolder.cases(root)).isInstanceOf(IOException.class)
                .hasMessage(data + ": expected 3 committed golden cases, found 1 of them,"
                        + " and not batch-mask and 1 more; check the golden cases out again");
    }

    @Test
    void aLostListIsNamed() throws Exception {
        Files.delete(data.resolve("cases.txt"));

        assertThatThrownBy(() -> GoldenFolder.cases(root)).isInstanceOf(IOException.class)
                .hasMessage(data + ": expected cases.txt, found none; check the golden cases out again");
    }

    @Test
    void anEmptyListIsNoList() throws Exception {
        Files.writeString(data.resolve("cases.txt"), "");

        assertThatThrownBy(() -> GoldenFolder.cases(root)).isInstanceOf(IOException.class)
                .hasMessage(
                        data.resolve("cases.txt") + ": expected the names of the golden cases, found none; check the"
                                + " golden cases out again");
    }

    @Test
    void theCommittedListsAreThoseOfTheFolders() throws Exception {
        List<String> listed = new ArrayList<>(Files.readAllLines(GateRun.GOLDEN.resolve("cases.txt")));
        listed.addAll(Files.readAllLines(GateRun.GOLDEN.resolveSibling("original/cases.txt")));
        assertThat(GoldenFolder.cases(GateRun.ROOT)).extracting(CaseFiles::name)
                .containsExactlyInAnyOrderElementsOf(listed);
    }
}
