package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages for files that cannot be loaded: copies of a correct library with bytes changed. */
final class DynamicLinkerTests {
    private static final Path SOUND = NativeFiles.folder().resolveSibling("shim")
            .resolve(System.mapLibraryName("unruly"));
    private static final int MACHINE_AT = 18;

    @TempDir
    private Path folder = Path.of("");

    private Path library(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("libyours.so"), bytes);
    }

    private static byte[] with(String old, String other) throws IOException {
        String bytes = Files.readString(SOUND, StandardCharsets.ISO_8859_1);
        assertThat(bytes).contains(old).hasSameSizeAs(bytes.replace(old, other));
        return bytes.replace(old, other).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void refused(Path library, String reason) {
        assertThatExceptionOfType(UnloadableLibraryException.class).isThrownBy(() -> RwkvMs.load(library))
                .withMessage(library + ": cannot be loaded: " + reason);
        assertThatExceptionOfType(UnloadableLibraryException.class).isThrownBy(() -> Exports.of(library))
                .withMessage(library + ": cannot be loaded: " + reason);
    }

    @Test
    void aLibraryThatItNeedsIsNamed() throws IOException {
        refused(library(with("librwkv_ms.so", "librwkv_mz.so")),
                "librwkv_mz.so: cannot open shared object file: No such file or directory");
    }

    /** The libraries that it needs are in the folder of the link's target. */
    @Test
    void aLinkIsFollowed() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("libyours.so"),
                SOUND.resolveSibling(System.mapLibraryName("rwkv_ms_ours")));
        assertThat(Exports.of(link).missing()).isEmpty();
    }

    @Test
    void aFunctionThatItNeedsIsNamed() throws IOException {
        Path library = library(with("\0dladdr\0", "\0dladdx\0"));
        assertThatExceptionOfType(UnloadableLibraryException.class).isThrownBy(() -> RwkvMs.load(library))
                .withMessageContaining("undefined symbol: dladdx");
    }

    @Test
    void anotherProcessorIsNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(SOUND);
        byte ours = bytes[MACHINE_AT];
        bytes[MACHINE_AT] = 8;
        refused(library(bytes),
                "expected ELF machine " + Byte.toUnsignedInt(ours) + ", this processor's, found 8");
        bytes[4] = 1;
        refused(library(bytes), "expected 64 bits and little-endian, found another kind of ELF file");
    }

    /** The dynamic linker would crash this process. */
    @Test
    void aFileThatIsCutShortIsNamed() throws IOException {
        byte[] bytes = Files.readAllBytes(SOUND);
        Path library = library(Arrays.copyOf(bytes, bytes.length / 4));
        assertThatExceptionOfType(UnloadableLibraryException.class).isThrownBy(() -> RwkvMs.load(library))
                .withMessageMatching("\\Q" + library + "\\E: cannot be loaded: the file is cut short:"
                        + " expected at least \\d+ bytes, found " + bytes.length / 4);
        refused(library(Arrays.copyOf(bytes, 100)), "the file is cut short: found 100 bytes");
        assertThat(ElfFile.obstacle(library(bytes))).isEmpty();
        assertThat(ElfFile.obstacle(library(Arrays.copyOf(bytes, 63)))).isEmpty();
        assertThat(ElfFile.obstacle(folder.resolve("none"))).isEmpty();
    }
}
