package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
        System.setProperty(NativeFiles.FOLDER_PROPERTY, folder.toString());
        Files.writeString(folder.resolve(LibraryList.FILE), "cpu x64.so\ndevice libggml-cpu-x.so\ncpu haswell.so\n");
        for (String name : new String[]{"x64.so", "haswell.so", "libggml-cpu-x.so", "libggml-cpu-y.so"}) {
            Files.createFile(folder.resolve(name));
        }
        assertThat(NativeFiles.cpuVariants()).containsExactly(folder.resolve("haswell.so"), folder.resolve("x64.so"));
    }
}
