package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.qameta.allure.FileSystemResultsWriter;
import io.qameta.allure.model.TestResult;
import io.qameta.allure.model.TestResultContainer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Allure's files in a folder that cannot be made, because a file has its name. */
final class AllureFilesTests {
    @TempDir
    private Path folder = Path.of("");
    private AllureFiles files;

    @BeforeEach
    void taken() throws IOException {
        Path results = Files.createFile(folder.resolve("results"));
        files = new AllureFiles(results, new FileSystemResultsWriter(results));
    }

    private void isTold() {
        assertThatThrownBy(files::check).isInstanceOf(FileSystemException.class)
                .hasMessageStartingWith(folder.resolve("results") + ": ");
    }

    @Test
    void nothingIsToldBeforeItIsTried() throws IOException {
        files.check();
    }

    @Test
    void aResult() {
        files.write(new TestResult().setUuid("a"));
        isTold();
    }

    @Test
    void aContainer() {
        files.write(new TestResultContainer().setUuid("a"));
        isTold();
    }

    @Test
    void anAttachment() {
        files.write("a.txt", new ByteArrayInputStream(new byte[1]));
        isTold();
    }
}
