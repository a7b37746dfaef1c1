package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import rwkvms.child.Child;
import rwkvms.nativeruntime.LibraryList.Role;

/** The list of llama.cpp's libraries: what CMake writes into it, and what Java reads. */
final class LibraryListTests {
    private static final Path SCRIPT = Path.of(System.getProperty("rwkvms.root"),
            "native/src/main/cpp/cmake/LlamaCpp.cmake").toAbsolutePath().normalize();
    private static final String CURE = "; build it with mvn -DskipTests package -pl native -am";

    @TempDir
    private Path folder = Path.of("");

    /** Names of builds: plain, with versions before and after the suffix, for a device, on a Mac. */
    @ParameterizedTest
    @CsvSource({"libggml.so, libggml-base.so, libllama.so, libggml-cpu.so, libggml-cuda.so",
            "libggml.v0.5.0.so, libggml-base.so, libllama.v0.5.0.so, libggml-cpu-zen4.so, libggml-vulkan.so",
            "libggml.vulkan.v0.5.0.so, libggml-base.so, libllama.cuda.v0.5.0.so, libggml-cpu-x64.so, libggml-cuda.so",
            "libggml.so.0, libggml-base.so.0, libllama.so.0, libggml-cpu-x64.so, libggml-rpc.so",
            "libggml.anything at all.so.0.25.1, libggml-base.x.so, libllama.y.so, libggml-cpu.z.so, libggml-hip.z.so",
            "libggml.0.dylib, libggml-base.0.1.dylib, libllama.dylib, libggml-cpu-apple_m1.so, libggml-metal.so"})
    void anyNameIsTaken(String ggml, String base, String llama, String cpu, String device) throws Exception {
        Path binaries = files(ggml, base, llama, cpu, device, "libllama-common.so", "libggmlx.so", "libggml.txt",
                "libggml-cpu.txt");

        configure(binaries, "");

        Path built = folder.resolve("lib");
        LibraryList list = LibraryList.of(built);
        assertThat(list.one(Role.GGML)).isEqualTo(built.resolve(ggml)).hasContent(ggml);
        assertThat(list.one(Role.GGML_BASE)).isEqualTo(built.resolve(base)).hasContent(base);
        assertThat(list.one(Role.LLAMA)).isEqualTo(built.resolve(llama)).hasContent(llama);
        assertThat(list.all(Role.CPU)).containsExactly(built.resolve(cpu));
        assertThat(list.all(Role.DEVICE)).containsExactly(built.resolve(device));
        assertThat(list.entries()).hasSize(5);
    }

    /** As llama.cpp's own build leaves them, with one of an earlier version. */
    @Test
    void theNameWithoutVersionIsTheNewest() throws Exception {
        Path binaries = files("libggml.so.0.24.0", "libggml.so.0.25.1", "libggml-base.so.0.25.1", "libllama.so.0.0.1");
        link(binaries, "libggml.so.0", "libggml.so.0.25.1");
        link(binaries, "libggml.so", "libggml.so.0");
        link(binaries, "libggml-base.so.0", "libggml-base.so.0.25.1");

        configure(binaries, "");

        LibraryList list = LibraryList.of(folder.resolve("lib"));
        assertThat(list.one(Role.GGML).getFileName()).hasToString("libggml.so");
        assertThat(list.one(Role.GGML)).hasContent("libggml.so.0.25.1");
        assertThat(list.one(Role.GGML_BASE).getFileName()).hasToString("libggml-base.so.0");
    }

    @Test
    void twoBuildsInOneFolderAreRefused() throws Exception {
        Path binaries = files("libggml.so", "libggml-base.so", "libllama.v0.5.0.so", "libllama.cuda.v0.5.0.so");

        assertThat(configure(binaries, "")).contains(binaries + ": expected one libllama of llama.cpp, found 2: "
                + binaries.resolve("libllama.cuda.v0.5.0.so") + ", " + binaries.resolve("libllama.v0.5.0.so")
                + ": remove those of other builds");
    }

    @Test
    void whatIsMissingIsNamedWithThePlacesSearched() throws Exception {
        Path binaries = files("libllama.so", "libggml-base.so");
        assertThat(configure(binaries, ";/nowhere")).contains("no library libggml.so of llama.cpp, nor libggml.*.so,"
                + " libggml.so.* or libggml.*dylib, in " + binaries + ", /nowhere: run 'npm ci --ignore-scripts' in ");
        Files.delete(binaries.resolve("libllama.so"));
        Path ggml = Files.createFile(binaries.resolve("libggml.cuda.so"));
        assertThat(configure(binaries, "")).contains("no library libllama.so of llama.cpp, nor libllama.*.so,"
                + " libllama.so.* or libllama.*dylib, in " + binaries + ", where " + ggml + " is: run 'npm ci");
    }

    @Test
    void aDeviceOfTheSameGgmlJoins() throws Exception {
        Path binaries = files("libggml.so", "libggml-base.so", "libllama.so", "libggml-cpu-x64.so");
        Path other = Files.createDirectory(folder.resolve("other"));
        Path vulkan = Files.writeString(other.resolve("libggml-vulkan.so"), "vulkan");
        Files.writeString(other.resolve("libggml-base.so"), "libggml-base.so");

        configure(binaries, "", "-DRWKV_MS_DEVICE_LIBRARIES=" + vulkan);

        Path built = folder.resolve("lib");
        assertThat(LibraryList.of(built).all(Role.DEVICE)).containsExactly(built.resolve("libggml-vulkan.so"));
        configure(binaries, "");
        assertThat(LibraryList.of(built).all(Role.DEVICE)).isEmpty();
        assertThat(built.resolve("libggml-vulkan.so")).doesNotExist();
    }

    @Test
    void aDeviceOfAnotherGgmlIsRefused() throws Exception {
        Path binaries = files("libggml.so", "libggml-base.so", "libllama.so");
        Path other = Files.createDirectory(folder.resolve("other"));
        Path vulkan = other.resolve("libggml-vulkan.so");
        String refusal = "RWKV_MS_DEVICE_LIBRARIES: " + vulkan
                + ": expected a library with the same libggml-base beside it"
                + " as " + binaries.resolve("libggml-base.so") + ": a device needs the ggml that it was built with";
        assertThat(configure(binaries, "", "-DRWKV_MS_DEVICE_LIBRARIES=" + vulkan)).contains(refusal);
        Files.createFile(vulkan);
        assertThat(configure(binaries, "", "-DRWKV_MS_DEVICE_LIBRARIES=" + vulkan)).contains(refusal);
        Files.writeString(other.resolve("libggml-base.so"), "another");
        assertThat(configure(binaries, "", "-DRWKV_MS_DEVICE_LIBRARIES=" + vulkan)).contains(refusal);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            gpu yours.so      | expected ggml-base, ggml, llama, cpu or device, a blank and a file name, found 'gpu yours.so'
            ggml              | expected ggml-base, ggml, llama, cpu or device, a blank and a file name, found 'ggml'
            ggmlx yours.so    | expected ggml-base, ggml, llama, cpu or device, a blank and a file name, found 'ggmlx yours.so'
            ggml ../yours.so  | expected ggml-base, ggml, llama, cpu or device, a blank and a file name, found 'ggml ../yours.so'
            """)
    void aWrongLineIsRefused(String line, String problem) throws Exception {
        Files.createFile(folder.resolve("yours.so"));
        Path list = Files.writeString(folder.resolve(LibraryList.FILE), "# a comment\ncpu yours.so\n" + line + "\n");
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> LibraryList.of(folder))
                .withMessage(list + ": line 3: " + problem + CURE);
    }

    @Test
    void aFileThatIsGoneIsMissedWhereItIsNeeded() throws Exception {
        Path list = Files.writeString(folder.resolve(LibraryList.FILE), "ggml yours.so\ndevice libggml-vulkan.so\n");
        Path ggml = Files.createFile(folder.resolve("yours.so"));
        LibraryList read = LibraryList.of(folder);
        assertThat(read.one(Role.GGML)).isEqualTo(ggml);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> read.all(Role.DEVICE))
                .withMessage(list + ": line 2: expected the file libggml-vulkan.so in this folder, found none" + CURE);
    }

    @Test
    void whatTheListLacksIsNamed() throws Exception {
        Path list = folder.resolve(LibraryList.FILE);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> LibraryList.of(folder))
                .withMessage(list + ": expected the list of the libraries of llama.cpp, found no such file" + CURE);
        Files.createFile(folder.resolve("yours.so"));
        Files.writeString(list, "llama yours.so\nllama yours.so\n");
        LibraryList read = LibraryList.of(folder);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> read.one(Role.GGML))
                .withMessage(list + ": expected one line 'ggml FILE', found 0" + CURE);
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> read.one(Role.LLAMA))
                .withMessage(list + ": expected one line 'llama FILE', found 2" + CURE);
    }

    /** Files that hold their names. */
    private Path files(String... names) throws IOException {
        Path binaries = Files.createDirectory(folder.resolve("binaries"));
        for (String name : names) {
            Files.writeString(binaries.resolve(name), name);
        }
        return binaries;
    }

    private static void link(Path folder, String name, String target) throws IOException {
        Files.createSymbolicLink(folder.resolve(name), Path.of(target));
    }

    /** Runs CMake's search alone, and returns what it says as one line. */
    private String configure(Path binaries, String moreFolders, String... more) throws Exception {
        Path headers = Files.createDirectories(folder.resolve("headers"));
        for (String name : List.of("ggml.h", "gguf.h", "ggml-backend.h", "ggml-alloc.h")) {
            Files.writeString(headers.resolve(name), "");
        }
        List<String> command = new ArrayList<>(List.of("cmake", "-DRWKV_MS_LLAMA_BINARIES=" + binaries + moreFolders,
                "-DRWKV_MS_LLAMA_HEADERS=" + headers, "-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=" + folder.resolve("lib"),
                "-DPROJECT_SOURCE_DIR=" + SCRIPT.getParent().getParent(), "-P", SCRIPT.toString()));
        command.addAll(1, List.of(more));
        return new Child(command, folder, Map.of(), Duration.ofMinutes(1)).run().err().replaceAll("\\s+", " ");
    }
}
