package rwkvms.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProvenanceTests {
    private static final Provenance NOTHING = new Provenance(new TreeMap<>());

    @TempDir
    private Path folder = Path.of("");

    @Test
    void aFileIsNamedWithoutItsFolderAndHashed() throws Exception {
        var file = Files.writeString(folder.resolve("basic.json"), "abc");

        assertThat(NOTHING.withFile("fixture", file).entries()).containsOnlyKeys("sha256 fixture: basic.json")
                .containsValue("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void aMissingFileIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> NOTHING.withFile("fixture", folder.resolve("none.json")))
                .isInstanceOf(NoSuchFileException.class).hasMessageContaining("none.json");
    }

    @Test
    void theMachineIsDescribed() {
        var machine = Provenance.ofThisMachine().entries();

        assertThat(machine).containsOnlyKeys("commit", "cpu", "jvm", "os");
        assertThat(machine.get("jvm")).contains(Runtime.version().toString());
        assertThat(machine.get("os")).isEqualTo(System.getProperty("os.name") + " " + System.getProperty("os.version")
                + " " + System.getProperty("os.arch"));
        assertThat(machine).containsEntry("commit", Commit.ofThisTool());
        assertThat(machine.get("cpu")).isEqualTo(Cpu.model()).isNotBlank();
    }

    @Test
    void entriesAreSortedAndTheOriginalStaysAsItWas() {
        var changed = NOTHING.with("b", "2").with("a", "1");

        assertThat(changed.entries().sequencedKeySet()).containsExactly("a", "b");
        assertThat(NOTHING.entries()).isEmpty();
    }

    @Test
    void theEnvironmentFileHoldsEveryEntry() throws Exception {
        NOTHING.with("cpu", "a CPU").with("ggml", "0.25.1").writeEnvironment(folder);

        assertThat(folder.resolve("environment.properties")).content().contains("cpu=a CPU", "ggml=0.25.1");
    }
}
