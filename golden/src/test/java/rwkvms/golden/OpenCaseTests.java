package rwkvms.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.comparison.Tolerance;
import rwkvms.fixtures.FixtureException;
import rwkvms.math.MathTensor;
import rwkvms.reference.ReferenceRuntime;

/** A case stays open until another one is asked for, and a base is proven to be the sidecar's unless a parent has done so. */
final class OpenCaseTests {
    private static final Path CASES = Path.of(System.getProperty("rwkvms.root", ".."), "golden", "data");

    @TempDir
    private Path folder = Path.of("");

    private static CaseFiles files(String name) {
        return CaseFiles.in(CASES.resolve(name)).orElseThrow();
    }

    private CaseFiles withOtherBase() throws Exception {
        CaseFiles basic = files("basic");
        return new CaseFiles(basic.name(), basic.fixture(), basic.sidecar(),
                Optional.of(Files.writeString(folder.resolve("base.gguf"), "another base")));
    }

    @Test
    void theSameCaseIsReadOnce() throws Exception {
        try (OpenCase open = new OpenCase(Tolerance.DEFAULT)) {
            FixtureCheck basic = open.proven(files("basic"));
            assertThat(open.proven(files("basic"))).isSameAs(basic);
            assertThat(open.unproven(files("basic"))).isSameAs(basic);
            FixtureCheck other = open.unproven(files("topk-1"));
            assertThat(other).isNotSameAs(basic);
            assertThat(open.proven(files("topk-1"))).isSameAs(other);
        }
    }

    @Test
    void aCaseIsClosedIfAnotherIsAskedForAndInTheEnd() throws Exception {
        try (ReferenceRuntime reference = new ReferenceRuntime()) {
            OpenCase open = new OpenCase(Tolerance.DEFAULT);
            FixtureCheck basic = open.proven(files("basic"));
            FixtureCheck other = open.proven(files("topk-1"));
            assertThatThrownBy(() -> basic.on(reference)).isInstanceOf(IllegalStateException.class);
            assertThat(((CheckResult) other.on(reference)).ok()).isTrue();
            open.close();
            assertThatThrownBy(() -> other.on(reference)).isInstanceOf(IllegalStateException.class);
            assertThat(open.proven(files("topk-1"))).isNotSameAs(other);
            open.close();
        }
    }

    /** Its files are gone meanwhile. */
    @Test
    void withoutItsSidecarItsFixtureIsReadOnce() throws Exception {
        CaseFiles basic = files("basic");
        Path fixture = Files.copy(basic.fixture(), folder.resolve("fixture.json"));
        CaseFiles whole = new CaseFiles("basic", fixture, basic.sidecar(), Optional.empty());
        CaseFiles alone = new CaseFiles("basic", fixture, Optional.empty(), Optional.empty());
        try (OpenCase open = new OpenCase(Tolerance.DEFAULT); ReferenceRuntime reference = new ReferenceRuntime()) {
            open.proven(whole);
            Files.delete(fixture);
            assertThat(((CheckResult) open.proven(alone).on(reference)).comparisons())
                    .hasSize(MathTensor.WITHOUT_WEIGHTS.size());
            assertThatThrownBy(() -> open.unproven(whole)).isInstanceOf(FixtureException.class);
        }
    }

    @Test
    void anotherBaseIsRefusedWhereItIsProven() throws Exception {
        CaseFiles files = withOtherBase();
        try (OpenCase open = new OpenCase(Tolerance.DEFAULT)) {
            assertThatThrownBy(() -> open.proven(files)).isInstanceOf(BindingException.class)
                    .hasMessageContaining("base.gguf").hasMessageContaining("SHA-256");
            assertThat(open.unproven(files)).isNotNull();
        }
    }

    @Test
    void withoutASidecarTheFixtureAloneIsOpened() throws Exception {
        CaseFiles basic = files("basic");
        try (GoldenCase alone = GoldenCase.open(
                new CaseFiles("alone", basic.fixture(), Optional.empty(), Optional.of(folder)))) {
            assertThat(alone.sidecar()).isEmpty();
            assertThat(alone.name()).isEqualTo("alone");
        }
    }
}
