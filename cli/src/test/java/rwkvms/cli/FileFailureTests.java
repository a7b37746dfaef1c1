package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every command names a file that cannot be read or written, and says what it found. */
final class FileFailureTests {
    private static final Path FULL = Path.of("/dev/full");
    private static final String NO_SPACE = ": cannot be read or written: No space left on device";
    private static final String SIDECAR = EditedFixture.sidecar("basic").toString();
    /** A pipe that is opened waits for its other end, and a device may never end. */
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path folder = Path.of("");

    /** Every command and option that reads a file, with {@code FILE} in its place. */
    private List<List<String>> readers() throws IOException {
        Path fixture = EditedFixture.fixture("basic");
        String out = folder.resolve("out").toString();
        return List.of(List.of("sidecar", "validate", "FILE"),
                List.of("sidecar", "validate", SIDECAR, "--base", "FILE"),
                List.of("sidecar", "inspect", "FILE"), List.of("sidecar", "materialize", "FILE", out),
                List.of("sidecar", "compare", "FILE", SIDECAR), List.of("sidecar", "compare", SIDECAR, "FILE"),
                List.of("sidecar", "export", checkpoint().toString(), out, "--like", "FILE"),
                List.of("sidecar", "export", checkpoint().toString(), out, "--base", "FILE"),
                List.of("sidecar", "synthesize", "--manifest", "FILE", out),
                List.of("sidecar", "synthesize", "--hidden", "16", "--layers", "0", "--base", "FILE", out),
                List.of("state", "inspect", "FILE"),
                List.of("state", "corrupt", "FILE", "--what", "magic", "--out", out),
                List.of("fixture", "verify", "FILE"), List.of("check", "--fixture", "FILE"),
                List.of("check", "--fixture", fixture.toString(), "--sidecar", "FILE", "--runtime", "reference"),
                List.of("check", "--fixture", fixture.toString(), "--sidecar", SIDECAR, "--base", "FILE", "--runtime",
                        "reference"),
                List.of("serve", "--model", "FILE", "--sidecar", SIDECAR),
                List.of("serve", "--model", EditedFixture.base().toString(), "--sidecar", "FILE"),
                List.of("runtime", "probe", "FILE"));
    }

    private Path checkpoint() throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        if (!Files.exists(checkpoint)) {
            assertThat(GateRun.of("sidecar", "materialize", SIDECAR, checkpoint).code()).isZero();
        }
        return checkpoint;
    }

    private Stream<DynamicTest> everyReader(Path file, String found) throws IOException {
        return readers().stream().map(command -> DynamicTest.dynamicTest(String.join(" ", command), () -> {
            Object[] arguments = command.stream().map(word -> word.equals("FILE") ? file.toString() : word).toArray();
            GateRun run = assertTimeoutPreemptively(SOON, () -> GateRun.of(arguments));
            assertThat(run.errors()).contains("gate: " + file + ": expected a readable file, found " + found);
            assertThat(run.code()).isEqualTo(2);
            assertThat(run.out()).doesNotContain("NOT VALID");
            assertThat(run.err()).doesNotContain("\tat ");
        }));
    }

    @TestFactory
    Stream<DynamicTest> aFileThatIsNotThereIsNamed() throws IOException {
        return everyReader(folder.resolve("none"), "none");
    }

    @TestFactory
    Stream<DynamicTest> aPipeIsNotReadAsAFile() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        return everyReader(pipe, "a pipe: write what comes through it to a file");
    }

    @TestFactory
    Stream<DynamicTest> aDeviceIsNotReadToItsEnd() throws IOException {
        return everyReader(Path.of("/dev/zero"), "a device");
    }

    @TestFactory
    Stream<DynamicTest> aPointerOfGitLfsIsCalledThat() throws IOException {
        return everyReader(Files.writeString(folder.resolve("pointer"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0".repeat(64) + "\nsize 12345\n"),
                "a Git LFS pointer to it: 'git lfs pull' fetches it");
    }

    @TestFactory
    Stream<DynamicTest> aPageIsCalledThat() throws IOException {
        return everyReader(Files.writeString(folder.resolve("page"), "\n<!doctype html>\n<title>404 Not Found</title>"),
                "an HTML page, as a failed download leaves one");
    }

    @Test
    void theFilesOfACheckpointAreCalledWhatTheyAre() throws Exception {
        Path weights = checkpoint().resolve("delta_mem_adapter.safetensors");
        byte[] sound = Files.readAllBytes(weights);
        String page = "an HTML page, as a failed download leaves one";

        refusesCheckpoint(weights, "<html>", weights + ": expected a readable file, found " + page);
        refusesCheckpoint(weights, "PK\3\4 and more", weights
                + ", header length: expected 2 to 5, found a zip archive");
        Files.write(weights, sound);
        Path config = checkpoint().resolve("delta_mem_config.json");
        refusesCheckpoint(config, "<html>", config + ": expected JSON, found " + page);
        refusesCheckpoint(config, "", config + ": expected a JSON object, found an empty file");
    }

    private void refusesCheckpoint(Path file, String text, String message) throws IOException {
        Files.writeString(file, text);
        GateRun run = GateRun.of("sidecar", "export", checkpoint(), folder.resolve("out"), "--base",
                EditedFixture.base());
        assertThat(run.errors()).containsExactly("gate: " + message);
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void whatIsNoGgufIsCalledWhatItIs() throws Exception {
        Path file = Files.writeString(folder.resolve("s.gguf"), "PK\3\4 and more");

        assertThat(GateRun.of("sidecar", "validate", file).out().lines()).first().isEqualTo("ERROR GGUF_MAGIC magic at"
                + " byte 0: not a GGUF file: expected 0x46554747 (\"GGUF\"), found 0x04034b50, a zip archive");
        assertThat(GateRun.of("state", "inspect", file).errors()).containsExactly("gate: " + file
                + ": expected a state payload (RMVS, version 2, fingerprint), found a zip archive; save a slot of a"
                + " runtime with a sidecar");
    }

    @Test
    void aTextThatIsNotUtf8IsNamed() throws Exception {
        byte[] latin = "{\"größe\": 1}".getBytes(StandardCharsets.ISO_8859_1);
        Path manifest = Files.write(folder.resolve("manifest.json"), latin);
        Path config = checkpoint().resolve("delta_mem_config.json");
        Files.write(config, latin);
        Path published = Files.createDirectories(folder.resolve("published"));

        notUtf8(manifest, "sidecar", "synthesize", "--manifest", manifest, folder.resolve("out"));
        fails(manifest + ": expected text in UTF-8, found other bytes at byte 4", "prompts", manifest, "--base-url",
                "http://127.0.0.1:1/v1");
        notUtf8(config, "sidecar", "export", checkpoint(), folder.resolve("out"), "--base", EditedFixture.base());
        for (String name : List.of("gguf_reference_trace_from_sidecar_64.json", "dla_trials.jsonl")) {
            Path file = Files.write(published.resolve(name), latin);
            notUtf8(file, "claims", "--published", published);
            Files.delete(file);
        }
    }

    private static void notUtf8(Path file, Object... arguments) {
        fails(file + ": expected UTF-8, found other bytes", arguments);
    }

    /** The system does not name the file if a disk is full. */
    @Test
    void whatCannotBeWrittenIsNamed() throws Exception {
        Path slot = Files.write(folder.resolve("slot.bin"), StateSlots.of("basic"));
        Path report = Files.createDirectories(folder.resolve("report"));
        Path verdict = Files.createSymbolicLink(report.resolve("verdict.json"), FULL);
        Path none = folder.resolve("none/out");
        String folderless = none + ": expected a folder to write it into, found none";

        fails(FULL + NO_SPACE, "sidecar", "validate", SIDECAR, "--sarif", FULL);
        fails(verdict + NO_SPACE, "sidecar", "inspect", SIDECAR, "--report", report);
        fails(verdict + NO_SPACE, "state", "inspect", slot, "--report", report);
        fails(verdict + NO_SPACE, "check", "--fixture", EditedFixture.fixture("basic"), "--runtime", "reference",
                "--report", report);
        fails(folderless, "sidecar", "synthesize", "--hidden", "16", "--layers", "0", none);
        fails(folderless, "sidecar", "export", checkpoint(), none, "--base", EditedFixture.base());
        fails(folderless, "state", "corrupt", slot, "--what", "magic", "--out", none);
    }

    private static void fails(String message, Object... arguments) {
        GateRun run = GateRun.of(arguments);
        assertThat(run.errors()).contains("gate: " + message);
        assertThat(run.code()).isEqualTo(2);
    }
}
