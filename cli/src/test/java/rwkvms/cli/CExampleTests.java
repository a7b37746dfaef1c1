package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.nativeruntime.NativeFiles;

/** The lines of docs/use-from-c.md: the example is compiled as C, and runs on a model and a sidecar that the gate writes. */
final class CExampleTests {
    private static final String PAGE = "use-from-c.md";
    /** The release of the line; it has no header in a package, so the test has the part of it that the example needs. */
    private static final String RELEASE = "libllama.v0.5.0.so";

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void compile() throws Exception {
        if (!Files.exists(NativeFiles.folder().resolve(RELEASE))) {
            throw new TestAbortedException("NOT EVALUATED: the C example: the build has no " + RELEASE);
        }
        Path headers = Files.createDirectories(folder.resolve("llama-headers"));
        Files.createSymbolicLink(headers.resolve("include"), GateRun.ROOT.resolve("native/src/test/c/v0.5.0"));
        Path cpp = Files.createDirectories(folder.resolve("native/src/main/cpp"));
        for (String part : new String[]{"include", "example"}) {
            Files.createSymbolicLink(cpp.resolve(part), GateRun.ROOT.resolve("native/src/main/cpp").resolve(part));
        }
        Path built = Files.createDirectories(folder.resolve("native/target/cmake"));
        Files.createSymbolicLink(built.resolve("lib"), NativeFiles.folder());
        GateRun run = run(AuthorLineTests.line(PAGE, "gcc "));
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    private GateRun run(String line) throws Exception {
        return AuthorLineTests.bash(folder, line, Map.of());
    }

    private void write(String name, Object... command) {
        GateRun run = GateRun.of(command);
        assertThat(run.code()).as("%s: %s", name, run.err()).isZero();
    }

    private void writeModels(int seed) {
        write("model", "model", "synthesize", folder.resolve("tiny.gguf"));
        write("sidecar", "sidecar", "synthesize", folder.resolve("memory.gguf"), "--hidden", 64, "--layers", "0,1",
                "--widths", "64,32,32,64", "--base", folder.resolve("tiny.gguf"), "--seed", seed);
    }

    @Test
    void itPrintsTheCounters() throws Exception {
        writeModels(1);

        GateRun run = run(AuthorLineTests.line(PAGE, "./decode "));

        assertThat(run.out()).as(run.err()).isEqualToNormalizingNewlines("""
                layer 0: 12 tokens read, 12 rows of q and 12 of o corrected
                layer 1: 12 tokens read, 12 rows of q and 12 of o corrected
                """);
        assertThat(run.code()).isZero();
        assertThat(Files.readString(GateRun.ROOT.resolve("docs").resolve(PAGE))).contains(run.out());
    }

    @Test
    void anotherBaseIsRefusedInALine() throws Exception {
        writeModels(1);
        write("model", "model", "synthesize", folder.resolve("tiny.gguf"), "--seed", 5, "--force");

        GateRun run = run(AuthorLineTests.line(PAGE, "./decode "));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("decode: sidecar: ").contains("SHA-256").hasLineCount(1);
    }
}
