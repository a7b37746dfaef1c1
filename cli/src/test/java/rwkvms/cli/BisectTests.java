package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code git bisect run ./gate check --bisect}: the script itself, in a repository of eight commits whose fourth and fifth cannot
 * be built and whose last two compute something wrong.
 */
final class BisectTests {
    private static final String SOURCE = "native/src/main/cpp/scan.cpp";
    private static final List<String> COMMITS = List.of("right 1", "right 2", "right 3", "unbuildable 4",
            "unbuildable 5", "right 6", "wrong 7", "wrong 8");

    private static BuiltCheckout built;

    @TempDir
    private Path folder = Path.of("");
    private BuiltCheckout checkout;

    @BeforeAll
    static void build(@TempDir Path folder) throws Exception {
        built = BuiltCheckout.in(folder);
    }

    @BeforeEach
    void makeCheckout() throws Exception {
        checkout = BuiltCheckout.unbuilt(folder);
    }

    private void makeCommits() throws IOException, InterruptedException {
        checkout.order("during", "if grep -q unbuildable " + SOURCE + "; then exit 1; fi");
        checkout.javaDoes("if grep -q wrong " + SOURCE + "; then exit 81; fi\n");
        git("git init --quiet && echo target >.gitignore");
        for (String commit : COMMITS) {
            checkout.write(SOURCE, commit);
            git("git add . && git -c user.name=test -c user.email=test@example.org commit --quiet -m '" + commit + "'");
        }
    }

    private GateRun git(String line) throws IOException, InterruptedException {
        GateRun run = checkout.shell("cd \"${gate%/*}\" && " + line);
        assertThat(run.code()).as("%s", run.out()).isZero();
        return run;
    }

    private String blamed(String gate) throws IOException, InterruptedException {
        makeCommits();
        git("git bisect start HEAD HEAD~7");
        GateRun run = git("git bisect run sh ./gate " + gate);
        assertThat(run.out()).contains("is the first bad commit");
        return git("git show --quiet --format=%s refs/bisect/bad").out().strip();
    }

    @Test
    void theCommitThatIsWrongIsFound() throws Exception {
        assertThat(blamed("check --bisect")).isEqualTo("wrong 7");
    }

    /** Without the option git takes 2 for a wrong commit. */
    @Test
    void withoutTheOptionABuildThatFailsIsBlamed() throws Exception {
        assertThat(blamed("check")).isEqualTo("unbuildable 4");
    }

    /** Codes of the JVM, and what the script makes of them with the option and without. */
    @ParameterizedTest
    @CsvSource({"80, 0, 0", "81, 1, 1", "2, 2, 125", "125, 2, 125", "64, 64, 125", "0, 2, 125", "1, 2, 125",
            "139, 2, 125", "143, 143, 143", "130, 130, 130", "3, 2, 125"})
    void whatTheScriptMakesOfTheCodesOfTheJvm(int jvm, int code, int bisecting) throws Exception {
        BuiltCheckout ready = built.copyTo(folder.resolve("built"));
        ready.javaDoes("exit " + jvm + "\n");

        assertThat(ready.gate("check").code()).isEqualTo(code);
        assertThat(ready.gate("check", "--bisect").code()).isEqualTo(bisecting);
        assertThat(ready.gate("preflight", "--", "--bisect").code()).as("a server's option").isEqualTo(code);
    }

    @Test
    void aGateThatCannotStartIsPassedOver() throws Exception {
        GateRun run = checkout
                .shell("cd \"${gate%/*}\" && rm cli/src/main/sh/sources; sh ./gate check --bisect; echo $?");

        assertThat(run.lines()).last().isEqualTo("125");
    }
}
