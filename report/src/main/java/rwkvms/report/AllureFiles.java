package rwkvms.report;

import io.qameta.allure.AllureResultsWriteException;
import io.qameta.allure.AllureResultsWriter;
import io.qameta.allure.model.TestResult;
import io.qameta.allure.model.TestResultContainer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import rwkvms.file.FileFailure;

/** Writes Allure's files, and remembers the first that could not be written: Allure's own code goes on without. */
final class AllureFiles implements AllureResultsWriter {
    private final Path folder;
    private final AllureResultsWriter target;
    private @Nullable Exception failure;

    AllureFiles(Path folder, AllureResultsWriter target) {
        this.folder = folder;
        this.target = target;
    }

    /** Throws if a file could not be written. */
    void check() throws IOException {
        if (failure != null) {
            throw FileFailure.named(folder, failure.getMessage(), failure);
        }
    }

    @Override
    public void write(TestResult result) {
        go(() -> target.write(result));
    }

    @Override
    public void write(TestResultContainer container) {
        go(() -> target.write(container));
    }

    @Override
    public void write(String source, InputStream attachment) {
        go(() -> target.write(source, attachment));
    }

    private void go(Runnable writing) {
        try {
            writing.run();
        } catch (AllureResultsWriteException e) {
            if (failure == null) {
                failure = Objects.requireNonNullElse(e.getCause(), e) instanceof Exception cause ? cause : e;
            }
        }
    }
}
