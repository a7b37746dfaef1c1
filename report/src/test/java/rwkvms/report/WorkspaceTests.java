package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fork's checkout, with the gate's in a folder of it. */
final class WorkspaceTests {
    @TempDir
    private Path fork = Path.of("");
    private Workspace workspace = new Workspace(Optional.empty());

    @BeforeEach
    void checkouts() throws Exception {
        Files.createDirectories(fork.resolve(".git"));
        Files.createFile(fork.resolve("own.json"));
        Files.createDirectories(fork.resolve("gate/.git"));
        Files.createFile(fork.resolve("gate/golden.json"));
        workspace = new Workspace(Optional.of(fork));
    }

    private String place(String file) {
        return workspace.place(fork.resolve(file).toString());
    }

    @Test
    void onlyAFileOfTheCheckoutIsAPlace() {
        assertThat(place("own.json")).isEqualTo("own.json");
        assertThat(place("gate/../own.json")).isEqualTo("own.json");
        assertThat(place("gate/golden.json")).as("of another checkout").isEmpty();
        assertThat(place("none.json")).isEmpty();
        assertThat(workspace.place(fork.resolveSibling("elsewhere").toString())).isEmpty();
        assertThat(workspace.place("")).isEmpty();
        assertThat(new Workspace(Optional.empty()).place(fork.resolve("own.json").toString())).isEmpty();
    }

    @Test
    void anAnnotationPointsAtSuchAFileOrAtNothing() {
        assertThat(Annotations.of("s", List.of(
                new TestCase("a", TestCase.Status.FAILED, "m", fork.resolve("own.json").toString()),
                new TestCase("b", TestCase.Status.FAILED, "m", fork.resolve("gate/golden.json").toString())),
                workspace))
                .isEqualTo("::error file=own.json,title=s%3A a::m\n::error title=s%3A b::m\n");
    }

    @Test
    void theJobsCheckoutIsFound() {
        assertThat(Workspace.ofJob().root()).hasValueSatisfying(root -> assertThat(root).isAbsolute());
    }
}
