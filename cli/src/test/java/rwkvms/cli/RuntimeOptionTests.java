package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.nativeruntime.NativeFiles;

/** {@code --runtime}: what it takes, and how it refuses the rest. */
final class RuntimeOptionTests {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aLibraryByItsPathPassesUnderItsFileName() throws Exception {
        Path library = NativeFiles.library();

        GateRun run = run(library.toString(), "--json");

        assertThat(run.code()).isZero();
        assertThat(run.json().at("/runtime").textValue()).isEqualTo(library.getFileName().toString());
        assertThat(run.json().at("/cases/0/runtime").textValue()).isEqualTo(library.getFileName().toString());
        assertThat(run.json().at("/reproduce").textValue()).endsWith(" --runtime " + library);
    }

    /** In this process and in one of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"native", "PATH"})
    void aLibraryIsToldTheThreads(String runtime) throws Exception {
        String named = runtime.replace("PATH", NativeFiles.library().toString());

        GateRun run = run(named, "--threads", "3", "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().at("/provenance/native.threads").textValue()).isEqualTo("3");
        assertThat(run.json().at("/reproduce").textValue()).endsWith(" --runtime " + named + " --threads 3");
        assertThat(run.json().at("/cases/0/reproduce").textValue()).endsWith(" --runtime " + named + " --threads 3");
    }

    @Test
    void theMemorysOwnGraphsGetTheThreadsToo() throws Exception {
        GateRun run = GateRun.of("check", "--float32", "--fixture", GateRun.GOLDEN.resolve("basic"), "--chunk", 8,
                "--threads", 2, "--json");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().at("/provenance/native.threads").textValue()).isEqualTo("2");
    }

    @Test
    void aNameThatIsNoFileIsRefused() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        refused(pipe.toString(), "--runtime " + pipe + ": expected reference, native or the path of a library that"
                + " exports rwkv_ms.h, found a pipe: write what comes through it to a file");
        refused("nativ", "--runtime nativ: expected reference, native or the path of a library that exports rwkv_ms.h,"
                + " found no such file");
        refused(folder.toString(), "--runtime " + folder
                + ": expected reference, native or the path of a library that exports rwkv_ms.h, found a folder");
    }

    @Test
    void aFileThatIsNoLibraryIsRefused() throws Exception {
        Path text = Files.writeString(folder.resolve("librwkv.so"), "not ELF");
        Path empty = Files.createFile(folder.resolve("empty.so"));

        refused(text.toString(), "--runtime " + text
                + ": expected a shared library, found a file that begins with the bytes 6e6f7420");
        Path archive = Files.writeString(folder.resolve("librwkv.zip"), "PK\3\4");
        refused(archive.toString(), "--runtime " + archive + ": expected a shared library, found a zip archive");
        refused(empty.toString(), "--runtime " + empty
                + ": expected a shared library, found a file that begins with the bytes (none)");
    }

    @Test
    void aLibraryThatIsNoRuntimeIsRefused() throws Exception {
        Path ggml = NativeFiles.cpuVariants().getFirst();

        refused(ggml.toString(),
                ggml + ": the function rwkv_ms_abi_version is missing; a runtime exports every function"
                        + " of rwkv_ms.h");
    }

    @Test
    void whatWasAskedForIsInTheVerdictThoughItDoesNotOpen() throws Exception {
        GateRun run = run("nativ", "--json");

        assertThat(run.json().at("/runtime").textValue()).isEqualTo("nativ");
        assertThat(run.json().at("/ok").booleanValue()).isFalse();
        assertThat(run.json().at("/errors")).hasSize(1);
    }

    private static GateRun run(String runtime, String... more) {
        return GateRun.of(GateRun.with(
                new Object[]{"check", "--fixture", EditedFixture.fixture("basic"), "--runtime", runtime},
                (Object[]) more));
    }

    private static void refused(String runtime, String problem) {
        GateRun run = run(runtime);

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + problem);
    }
}
