package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CommitTests {
    private static final String HASH = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void withoutARepositoryItIsUnknown() {
        assertThat(Commit.of(folder)).isEqualTo("unknown: no git repository");
    }

    /** A checkout without its history in another repository is not at that repository's commit. */
    @Test
    void theRepositoryAroundItIsNotItsOwn() throws Exception {
        repository();

        assertThat(Commit.of(Files.createDirectory(folder.resolve("unpacked"))))
                .isEqualTo("unknown: no git repository");
    }

    @Test
    void aRepositoryWithoutACommit() throws Exception {
        git("init", "--quiet");

        assertThat(Commit.of(folder)).isEqualTo("unknown: the repository has no commit");
    }

    @Test
    void aRepositoryThatGitCannotRead() throws Exception {
        Files.writeString(folder.resolve(".git"), "gitdir: nowhere\n");

        assertThat(Commit.of(folder)).isEqualTo("unknown: git is missing or cannot read the repository");
    }

    @Test
    void aCommitHasFortyDigits() throws Exception {
        repository();

        assertThat(Commit.of(folder)).matches("[0-9a-f]{40}");
    }

    @Test
    void aTrackedFileThatDiffersIsNoCommit() throws Exception {
        repository();
        Files.writeString(folder.resolve("README"), "edited");

        assertThat(Commit.of(folder)).matches("[0-9a-f]{40}-dirty");
    }

    /** The gate's own report does not count. */
    @ParameterizedTest
    @CsvSource({"native/src/main/cpp/new.cpp,true", "golden/data/new/fixture.json,true", "gate-report/src.txt,false",
            "verdict.json,false"})
    void anUntrackedFileCountsWhereItIsASourceOrJudged(String name, boolean dirty) throws Exception {
        repository();
        Files.createDirectories(folder.resolve("native/src"));
        Files.writeString(folder.resolve("native/src/tracked"), "");
        git("add", "native/src/tracked");
        commit();
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "");

        assertThat(Commit.of(folder).endsWith("-dirty")).isEqualTo(dirty);
    }

    @ParameterizedTest
    @CsvSource({HASH + "," + HASH, HASH + "-dirty," + HASH + "-dirty",
            "unknown,unknown: the release was made outside of a repository"})
    void aReleaseSaysWhatItWasMadeFrom(String embedded, String commit) throws Exception {
        Files.writeString(folder.resolve("COMMIT"), embedded + "\n");

        assertThat(Commit.of(folder)).isEqualTo(commit);
    }

    @Test
    void thisToolIsAskedForOnce() {
        assertThat(Commit.ofThisTool()).isSameAs(Commit.ofThisTool())
                .matches("[0-9a-f]{40}(-dirty)?|unknown: no git repository");
    }

    private void repository() throws Exception {
        git("init", "--quiet");
        Files.writeString(folder.resolve("README"), "");
        git("add", "README");
        commit();
    }

    private void commit() throws Exception {
        git("-c", "user.name=test", "-c", "user.email=test@example.invalid", "commit", "--quiet", "--message=one");
    }

    private void git(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(command).directory(folder.toFile()).inheritIO().start().waitFor()).isZero();
    }
}
