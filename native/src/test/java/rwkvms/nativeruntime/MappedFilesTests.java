package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;

/** The files that a process has mapped, as Linux lists them. */
final class MappedFilesTests {
    @Test
    void librariesOfLlamaCppAreListedOnceByName() {
        assertThat(MappedFiles.of(List.of("7f00-7f01 r--p 00000000 08:01 42                 /other/libggml-base.so",
                "7f01-7f02 r-xp 00001000 08:01 42                 /other/libggml-base.so",
                "7f02-7f03 r-xp 00000000 08:01 43                 /a folder/librwkv_ms.so",
                "7f03-7f04 rw-p 00000000 00:00 0                  [heap]", "7f04-7f05 rw-p 00000000 00:00 0 ",
                "7f05-7f06 r-xp 00000000 08:01 44                 /lib/libc.so.6")))
                .containsExactly(Path.of("/other/libggml-base.so"), Path.of("/a folder/librwkv_ms.so"));
    }

    @Test
    void ofThisProcessItIsWhatIsLoaded() throws Exception {
        try (NativeRuntime runtime = NativeRuntime.open()) {
            assertThat(MappedFiles.ofLlamaCpp()).contains(runtime.libraryFile().toRealPath());
        }
    }
}
