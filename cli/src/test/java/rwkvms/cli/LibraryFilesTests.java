package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.nativeruntime.NativeFiles;
import rwkvms.nativeruntime.NativeRuntime;

/** The files that a verdict of the C++ runtime has hashes of. */
final class LibraryFilesTests {
    /** ggml's variants for other processors stand beside them and are left out. */
    @Test
    void theLibraryAndOfGgmlWhatIsInUse() throws Exception {
        try (NativeRuntime runtime = NativeRuntime.open(); Stream<Path> beside = Files.list(NativeFiles.folder())) {
            String variant = new ObjectMapper().readTree(runtime.buildInfo()).path("cpu_variant").textValue();
            List<String> wanted = List.of("ggml", "ggml-base", "ggml-cpu-" + variant);
            List<Path> ggml = beside
                    .filter(file -> wanted.contains(
                            file.getFileName().toString().replaceFirst("\\..*", "").replaceFirst("^lib", "")))
                    .filter(Files::isRegularFile).sorted().toList();

            // Other tests of this process may have loaded libllama too.
            List<Path> files = LibraryFiles.of(runtime).stream()
                    .filter(file -> !file.getFileName().toString().startsWith("libllama")).toList();

            assertThat(files.getFirst()).isEqualTo(NativeFiles.library());
            assertThat(files.subList(1, files.size())).isEqualTo(ggml);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"abc", "{{{{", "[]", "{} {}", "\"a\"", " "})
    void whatABuildSaysMustBeAnObject(String said, @TempDir Path folder) throws Exception {
        Path library = Files.createFile(folder.resolve("yours.so"));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> LibraryFiles.of(library, said, List.of()))
                .withMessage(library + ": rwkv_ms_build_info: expected a JSON object, found " + said);
        assertThat(LibraryFiles.of(library, "{}", List.of())).containsExactly(library);
    }

    /** A link to a library is not another one. */
    @Test
    void theLibrariesOfAProgram(@TempDir Path folder) throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path lib = Files.createDirectories(folder.resolve("lib"));
        Path ggml = Files.createFile(bin.resolve("libggml.so"));
        Path llama = Files.createFile(lib.resolve("libllama.so.0.0.1"));
        Files.createSymbolicLink(lib.resolve("libllama.so"), llama);
        Files.createFile(lib.resolve("llama.txt"));
        Path program = Files.createFile(bin.resolve("program"));

        assertThat(LibraryFiles.beside(program)).containsExactly(ggml.toRealPath(), llama.toRealPath());
    }
}
