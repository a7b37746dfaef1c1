package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the library is looked for, and the message if it is not there. */
class NativeFilesTests {
    private @Nullable String before;

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void remember() {
        before = System.getProperty(NativeFiles.FOLDER_PROPERTY);
    }

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(NativeFiles.FOLDER_PROPERTY);
        } else {
            System.setProperty(NativeFiles.FOLDER_PROPERTY, before);
        }
    }

    @Test
    void theFolderIsTheBuildsUnlessOneIsNamed() {
        System.clearProperty(NativeFiles.FOLDER_PROPERTY);
        assertThat(NativeFiles.folder()).isEqualTo(Path.of(System.getProperty("rwkvms.root"))
                .resolve("native/target/cmake/lib").toAbsolutePath().normalize());
        System.setProperty(NativeFiles.FOLDER_PROPERTY, folder.toString());
        assertThat(NativeFiles.folder()).isEqualTo(folder);
    }

    @Test
    void aLibraryThatIsNotBuiltIsNamedWithItsCure() throws Exception {
        System.setProperty(NativeFiles.FOLDER_PROPERTY, folder.toString());
        Path library = folder.resolve(System.mapLibraryName("rwkv_ms"));
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(NativeFiles::library)
                .withMessage(library + ": the C++ runtime is not there;"
                        + " build it with mvn -DskipTests package -pl native -am");
        Files.createFile(library);
        assertThat(NativeFiles.library()).isEqualTo(library);
    }

    @Test
    void cpuVariantsComeByName() throws Exception {
        System.setProperty(NativeFiles.FOLDER_PROPERTY, folder.resolve("variants").toString());
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(NativeFiles::cpuVariants);
        Path variants = Files.createDirectory(folder.resolve("variants"));
        for (String name : new String[]{"libggml-cpu-x64.so", "libggml-cpu-haswell.so", "libggml-base.so",
                "ggml-cpu.dll", "libggml-cpu.txt"}) {
            Files.createFile(variants.resolve(name));
        }
        assertThat(NativeFiles.cpuVariants()).containsExactly(variants.resolve("ggml-cpu.dll"),
                variants.resolve("libggml-cpu-haswell.so"), variants.resolve("libggml-cpu-x64.so"));
    }
}
