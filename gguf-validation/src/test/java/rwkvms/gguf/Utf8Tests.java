package rwkvms.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Tests {
    @ParameterizedTest
    @ValueSource(strings = {"", "attn_norm-1", "é — 🙂", "\u007f\u0080\u07ff\u0800\uffff"})
    void wellFormedTextIsReadAsItIs(String text) {
        MemorySegment bytes = MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
        assertThat(Utf8.wellFormed(bytes)).contains(text);
        assertThat(Utf8.malformed(bytes)).isEqualTo(-1);
        assertThat(Utf8.decode(bytes)).isEqualTo(text);
    }

    /** A continuation, overlong, a surrogate, beyond Unicode, cut: the bytes, the first malformed one, and the text in UTF-16. */
    @ParameterizedTest
    @CsvSource({"6180, 1, 0061dc80", "c0af, 0, dcc0dcaf", "eda080, 0, dceddca0dc80", "f4908080, 0, dcf4dc90dc80dc80",
            "41e282, 1, 0041dce2dc82"})
    void malformedTextKeepsItsBytesApart(String hex, int first, String utf16) {
        MemorySegment bytes = MemorySegment.ofArray(HexFormat.of().parseHex(hex));
        assertThat(Utf8.wellFormed(bytes)).isEmpty();
        assertThat(Utf8.malformed(bytes)).isEqualTo(first);
        assertThat(Utf8.decode(bytes).chars().mapToObj(c -> String.format("%04x", c)).collect(Collectors.joining()))
                .isEqualTo(utf16);
    }

    /** A file may have what Java puts for malformed bytes. */
    @Test
    void theReplacementCharacterIsACharacter() {
        MemorySegment bytes = MemorySegment.ofArray("a\ufffdb".getBytes(StandardCharsets.UTF_8));
        assertThat(Utf8.malformed(bytes)).isEqualTo(-1);
        assertThat(Utf8.decode(bytes)).isEqualTo("a\ufffdb");
    }
}
