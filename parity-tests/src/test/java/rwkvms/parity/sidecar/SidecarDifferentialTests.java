package rwkvms.parity.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.fixtures.testing.Draws;
import rwkvms.gguf.Profile;
import rwkvms.parity.sidecar.Readers.Ending;
import rwkvms.report.AllureReport;
import rwkvms.sidecar.testing.MalformedClass.Ggml;
import rwkvms.sidecar.testing.MalformedCorpus;
import rwkvms.sidecar.validation.SidecarValidator;

/**
 * Validator × C++ runtime × ggml on every malformed class and on random changes of valid sidecars. A failure names the class, or
 * the change, which {@code Mutation.of} repeats.
 */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class SidecarDifferentialTests {
    private static final int MIN_CHANGES = 400 * Draws.ofBuild().times();
    private static final Path DOCUMENT = Path.of(System.getProperty("rwkvms.root", "."), "docs",
            "sidecar-differences.md");
    private static final Path TEXT = Path.of("target", "sidecar-agreement.txt");

    private List<ReaderAnswers> files;
    private AgreementMatrix matrix;

    @BeforeAll
    void judge(@TempDir Path folder) throws IOException, InterruptedException {
        List<SidecarCase> cases = SidecarCases.in(folder);
        long start = System.nanoTime();
        Readers readers = Readers.run(cases, folder);
        String summary = String.format("%,d files of seed %d, C++ runtime and ggml in %d child processes and %.1f s",
                cases.size(), SidecarCases.SEED, readers.children(), (System.nanoTime() - start) / 1e9);
        files = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            SidecarCase each = cases.get(i);
            files.add(new ReaderAnswers(each, SidecarValidator.validate(each.file(), each.base().orElse(null)),
                    readers.of(i)));
        }
        assertThat(files).as("files on which C++ runtime or ggml crashed or hung").noneMatch(file -> file.observed()
                .values().stream().anyMatch(ended -> EnumSet.of(Ending.CRASHES, Ending.TIMEOUT)
                        .contains(ended.ending())));
        matrix = new AgreementMatrix(summary, files);
        Files.createDirectories(TEXT.toAbsolutePath().getParent());
        Files.writeString(TEXT, matrix.text());
    }

    @Test
    void theMatrix() {
        AllureReport.ofTest().description(matrix.html());
        AllureReport.ofTest().attachText("agreement", matrix.text());
        assertThat(files).hasSizeGreaterThan(MalformedCorpus.all().size() + MIN_CHANGES);
        assertThat(files).filteredOn(file -> file.java().isValid()).as("valid files, which all must take").isNotEmpty();
    }

    @Test
    void theRuntimeTakesWhatTheValidatorTakesAndNamesWhatItRefuses() {
        assertThat(files).filteredOn(file -> !file.cppAgrees()).isEmpty();
    }

    @Test
    void nothingIsTakenThatGgmlRefuses() {
        assertThat(files).filteredOn(file -> file.java().isValid() && file.ggml() != Ggml.ACCEPTS).isEmpty();
    }

    @Test
    void ggmlDoesWhatTheCorpusSays() {
        assertThat(files).filteredOn(file -> file.file().malformed()
                .filter(malformed -> malformed.ggml() != file.ggml()).isPresent()).isEmpty();
    }

    @Test
    void ggmlDoesWhatTheValidatorForesees() {
        assertThat(files).filteredOn(file -> !foreseen(file).contains(file.ggml())).isEmpty();
    }

    private static Set<Ggml> foreseen(ReaderAnswers file) {
        return switch (file.java().ruling(Profile.GGML)) {
            case TAKES -> EnumSet.of(Ggml.ACCEPTS);
            case REFUSES -> EnumSet.of(Ggml.REFUSES);
            case REFUSES_DATA -> EnumSet.of(Ggml.REFUSES_DATA, Ggml.ABORTS);
            case UNDECIDED -> EnumSet.allOf(Ggml.class);
        };
    }

    @Test
    void whatGgmlLetsPassIsListed() {
        assertThat(files).filteredOn(file -> !file.java().isValid() && file.ggml() != Ggml.REFUSES)
                .filteredOn(file -> !IntendedDifference.explain(file)).isEmpty();
    }

    @Test
    void whatIsListedOccurs() {
        assertThat(matrix.differences()).containsOnlyKeys(IntendedDifference.values());
    }

    @Test
    void theListIsTheDocument() throws IOException {
        Path written = Files.writeString(Path.of("target", "sidecar-differences.md"), IntendedDifference.markdown());
        assertThat(DOCUMENT).as("copy %s there", written.toAbsolutePath()).hasSameTextualContentAs(written);
    }
}
