package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.file.Sha256;

/** Sidecars and bases that cannot be used, or are not the fixture's, exit 2 with one line that says why. */
final class BadSidecarTests {
    private static final String OTHERS = "; name the sidecar and the base that the fixture was computed with";
    private static final String LIST = "; 'gate sidecar validate' lists every finding";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void aFolderIsNoSidecar() {
        refused("basic", folder, folder + ": expected a readable file, found a folder");
    }

    @Test
    void anEmptySidecarIsNamed() throws Exception {
        Path empty = Files.createFile(folder.resolve("empty.gguf"));

        refused("basic", empty, empty + ": magic at byte 0: the file ends too early: expected 4 bytes, found 0 before"
                + " the end" + LIST);
    }

    @Test
    void aPayloadThatIsNotTheManifestsIsNamed() throws Exception {
        byte[] bytes = Files.readAllBytes(EditedFixture.sidecar("basic"));
        bytes[bytes.length / 2 + bytes.length / 4] ^= 1;
        Path flipped = Files.write(folder.resolve("flipped.gguf"), bytes);

        GateRun run = check("basic", flipped);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).singleElement().asString().startsWith("gate: " + flipped + ": ")
                .contains("payload differs from the manifest: expected ");
    }

    @Test
    void aBaseIsNoSidecar() {
        refused("basic", EditedFixture.base(),
                EditedFixture.base() + ": key general.alignment: required key missing: expected a u32,"
                        + " found no such key (and 21 more errors)" + LIST);
    }

    @Test
    void aSidecarOfAnotherModelIsNamed() {
        Path other = EditedFixture.sidecar("real-size");

        refused("basic", other, other + ": hidden size: expected 64, as in the fixture, found 2560" + OTHERS);
    }

    @Test
    void aBaseThatTheSidecarDoesNotNameIsRefused() throws Exception {
        Path other = Files.writeString(folder.resolve("other.gguf"), "another model");

        GateRun run = checkWithBase(other);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + other + ": expected SHA-256 "
                + Sha256.of(EditedFixture.base())
                + ", as " + EditedFixture.sidecar("basic") + " names its base, found " + Sha256.of(other) + OTHERS);
    }

    @Test
    void aFolderIsNoBase() {
        assertThat(checkWithBase(folder).errors())
                .containsExactly("gate: " + folder + ": expected a readable file, found a folder");
    }

    @Test
    void theRightBasePasses() throws IOException {
        Path copy = Files.copy(EditedFixture.base(), folder.resolve("renamed.gguf"));

        assertThat(checkWithBase(copy).code()).isZero();
    }

    @Test
    void aStackTraceComesOnlyWithDebug() {
        Path none = folder.resolve("none.gguf");

        assertThat(GateRun.of("check", "--debug", "--fixture", EditedFixture.fixture("basic"), "--sidecar", none).err())
                .contains("\tat rwkvms.cli.").contains("gate: " + none + ": expected a readable file, found none");
    }

    private static GateRun check(String name, Path sidecar) {
        return GateRun.of("check", "--fixture", EditedFixture.fixture(name), "--sidecar", sidecar, "--runtime",
                "reference");
    }

    private static GateRun checkWithBase(Path base) {
        return GateRun.of("check", "--fixture", EditedFixture.fixture("basic"), "--sidecar",
                EditedFixture.sidecar("basic"), "--base",
                base, "--runtime", "native");
    }

    private static void refused(String name, Path sidecar, String problem) {
        GateRun run = check(name, sidecar);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + problem);
        assertThat(run.out()).startsWith("NOT JUDGED: 0 of 0 tensors, 0 values, on reference");
    }
}
