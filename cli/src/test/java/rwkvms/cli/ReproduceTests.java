package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.math.MathTensor;

/** A reproduce line repeats its check: a shell splits it, and it is run again. */
final class ReproduceTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aFailureOfAwkwardFilesIsRepeated() throws Exception {
        Path place = Files.createDirectory(folder.resolve("a folder, 'quoted' $HOME `x` \\ é"));
        Path wrong = EditedFixture.write("basic", place.resolve("wrong \"fixture\".json"),
                fixture -> EditedFixture.shifted(fixture, MathTensor.READS, 3, 1));
        Path sidecar = Files.copy(EditedFixture.sidecar("basic"), place.resolve("side car.gguf"));
        Path base = Files.copy(EditedFixture.base(), place.resolve("base;model.gguf"));

        GateRun first = GateRun.of("check", "--fixture", wrong, "--sidecar", sidecar, "--base", base, "--runtime",
                "reference", "--atol", "1e-4", "--json");
        GateRun again = GateRun.of(words(first.json().at("/reproduce").textValue(), "--json"));

        assertThat(first.code()).isEqualTo(1);
        assertThat(again.dateless()).isEqualTo(first.dateless());
    }

    @Test
    void theLineOfACommittedCaseRepeatsThatCaseAlone() throws Exception {
        GateRun all = GateRun.of("check", "--runtime", "reference", "--rtol", "0", "--atol", "0", "--json");
        assertThat(all.code()).isEqualTo(1);
        assertThat(all.json().at("/reproduce").textValue())
                .endsWith("gate check --runtime reference --rtol 0.0 --atol 0.0");

        GateRun one = GateRun.of(words(all.json().at("/cases/0/reproduce").textValue(), "--json"));

        assertThat(one.code()).isEqualTo(1);
        assertThat(one.json().at("/first_divergence")).isEqualTo(all.json().at("/cases/0/first_divergence"));
        assertThat(one.json().at("/cases")).hasSize(1);
        assertThat(one.json().at("/cases/0/max_abs_diff")).isEqualTo(all.json().at("/cases/0/max_abs_diff"));
    }

    @Test
    void theRuntimeIsNamedAndDefaultTolerancesAreNot() throws Exception {
        String line = GateRun.of("check", "--fixture", EditedFixture.fixture("basic"), "--json").json().at("/reproduce")
                .textValue();

        assertThat(line).endsWith(" check --fixture " + EditedFixture.fixture("basic") + " --runtime native");
    }

    @Test
    void theLineCallsTheScriptOfThisCheckout() throws Exception {
        String line = GateRun.of("check", "--fixture", "none.json", "--json").json().at("/reproduce").textValue();

        String script = words(line, "")[0].toString();
        assertThat(Files.isSameFile(Path.of(script), GateRun.ROOT.resolve("gate"))).isTrue();
    }

    /** Without a checkout, the line has the script's usual name. */
    @Test
    void withoutAScriptItsNameMustDo() {
        String root = System.setProperty(GoldenFolder.ROOT_PROPERTY, folder.toString());
        try {
            assertThat(new Reproduce()).hasToString("./gate check");
        } finally {
            if (root == null) {
                System.clearProperty(GoldenFolder.ROOT_PROPERTY);
            } else {
                System.setProperty(GoldenFolder.ROOT_PROPERTY, root);
            }
        }
    }

    @Test
    void pathsBelowTheCurrentFolderAreShort() {
        assertThat(Reproduce.fromHere(Path.of("some", "file").toAbsolutePath())).isEqualTo(Path.of("some", "file"));
        assertThat(Reproduce.fromHere(folder)).isEqualTo(folder);
        assertThat(Reproduce.fromHere(Path.of("").toAbsolutePath())).isEqualTo(Path.of("").toAbsolutePath());
    }

    /** Returns the words of the line as a shell splits them; if there is more, without the script and with that. */
    private static Object[] words(String line, String more) throws Exception {
        GateRun shell = GateRun.ofProcess(Path.of("").toAbsolutePath(), Map.of(), "sh", "-c", "printf '%s\\n' " + line);
        assertThat(shell.code()).isZero();
        return more.isEmpty()
                ? shell.lines().toArray()
                : Stream.concat(shell.lines().stream().skip(1), Stream.of(more)).toArray();
    }
}
