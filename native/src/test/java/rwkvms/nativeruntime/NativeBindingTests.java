package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.runtime.RuntimeFailure;

/** Libraries that the binding refuses to load, and writes outside buffers that it finds after a call. */
class NativeBindingTests {
    @Test
    void guardsFindAnOverrun() {
        try (Arena arena = Arena.ofConfined()) {
            GuardedBuffer buffer = new GuardedBuffer(arena, "delta_q", 8);
            buffer.segment().fill((byte) 1);
            assertThatCode(buffer::checkGuards).doesNotThrowAnyException();

            write(buffer, 8);
            assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(buffer::checkGuards).withMessage(
                    "the library wrote outside its buffer: delta_q, 8 bytes from its start, behind its 8 bytes");
        }
    }

    @Test
    void guardsFindAnUnderrun() {
        try (Arena arena = Arena.ofConfined()) {
            GuardedBuffer buffer = new GuardedBuffer(arena, "state", 8);
            write(buffer, -1);
            assertThatExceptionOfType(RuntimeFailure.class).isThrownBy(buffer::checkGuards).withMessage(
                    "the library wrote outside its buffer: state, -1 bytes from its start, before its 8 bytes");
        }
    }

    /** Writes as a library would: by address, outside the bounds that Java knows. */
    private static void write(GuardedBuffer buffer, long offset) {
        MemorySegment.ofAddress(buffer.segment().address() + offset).reinterpret(1).set(ValueLayout.JAVA_BYTE, 0,
                (byte) 7);
    }

    @Test
    void refusesOtherStructLayouts() {
        String same = String.join("\n", Layouts.lines());
        assertThatCode(() -> Layouts.check("fork.so", same)).doesNotThrowAnyException();

        String moved = same.replace("rwkv_ms_config.rank 4 4", "rwkv_ms_config.rank 8 4");
        assertThat(moved).isNotEqualTo(same);
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> Layouts.check("fork.so", moved))
                .withMessage("fork.so: struct layouts differ (struct.field offset size):"
                        + " expected [rwkv_ms_config.rank 4 4], found [rwkv_ms_config.rank 8 4];"
                        + " build it against the rwkv_ms.h of this suite");

        String longer = same + "\nrwkv_ms_config.extra 80 8";
        assertThatExceptionOfType(IncompatibleLibraryException.class)
                .isThrownBy(() -> Layouts.check("fork.so", longer))
                .withMessage("fork.so: struct layouts differ (struct.field offset size): expected [],"
                        + " found [rwkv_ms_config.extra 80 8]; build it against the rwkv_ms.h of this suite");
    }

    @Test
    void refusesAMissingLibrary(@TempDir Path folder) {
        Path none = folder.resolve("librwkv_ms.so");
        assertThatExceptionOfType(UnloadableLibraryException.class).isThrownBy(() -> RwkvMs.load(none))
                .withMessageStartingWith(none + ": cannot be loaded: ")
                .withMessageContaining("No such file or directory");
    }

    @Test
    void refusesALibraryOfAnotherKind() throws Exception {
        Path ggml;
        try (Stream<Path> files = Files.list(NativeFiles.folder())) {
            ggml = files.filter(file -> String.valueOf(file.getFileName()).startsWith("libggml-base")).findFirst()
                    .orElseThrow();
        }
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> RwkvMs.load(ggml))
                .withMessage(ggml + ": the function rwkv_ms_abi_version is missing;"
                        + " a runtime exports every function of rwkv_ms.h");
    }
}
