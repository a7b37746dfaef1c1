package rwkvms.nativeruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

/** The list of functions is the header's, and our library exports all of it. */
class ExportsTests {
    private static final Path HEADER = Path.of(System.getProperty("rwkvms.root"),
            "native/src/main/cpp/include/rwkv_ms.h");

    @Test
    void theListIsTheHeaders() throws IOException {
        List<String> declared = Pattern.compile("(?m)^RWKV_MS_API [^(;]*?(rwkv_ms_[a-z_]+)\\(")
                .matcher(Files.readString(HEADER)).results().map((MatchResult match) -> match.group(1)).toList();

        assertThat(declared).hasSizeGreaterThan(40);
        assertThat(Exports.HEADER).isEqualTo(declared);
    }

    @Test
    void oursAreAllThere() {
        Exports exports = Exports.of(NativeFiles.library());

        assertThat(exports.missing()).isEmpty();
        assertThat(exports.found()).isEqualTo(Exports.HEADER);
    }

    @Test
    void whatIsNoLibraryCannotBeAsked() {
        assertThatExceptionOfType(IncompatibleLibraryException.class).isThrownBy(() -> Exports.of(HEADER))
                .withMessageStartingWith(HEADER + ": cannot be loaded: ")
                .withMessageNotContaining("Cannot open library");
    }
}
