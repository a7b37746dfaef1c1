package rwkvms.live.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a reference trace must have, and where two texts differ. */
final class TraceTests {
    private static final String SOUND = """
            {"schema":"delta_mem_rwkv_ms_reference_trace.v1",
            "generation":{"prompt":"Hi","max_new_tokens":1,"do_sample":false},"result":{"assistant_display":"Hello"}}""";

    @TempDir
    private Path folder = Path.of("");

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("trace.json"), text);
    }

    @Test
    void readsWhatAComparisonNeeds() throws IOException {
        assertThat(Trace.read(file(SOUND))).isEqualTo(new Trace("Hi", 1, "Hello"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            reference_trace.v1 | x                 | schema: expected delta_mem_rwkv_ms_reference_trace.v1, found delta_mem_rwkv_ms_x
            "schema"           | "s"               | schema: expected delta_mem_rwkv_ms_reference_trace.v1, found none
            false              | true              | generation.do_sample: expected false, found true: what was sampled cannot be compared
            false              | "no"              | generation.do_sample: expected true or false, found "no"
            "Hello"            | " "               | result.assistant_display: expected some text to compare with, found none
            {"prompt"          | {"prompt":"Ho","prompt" | expected a trace in JSON, found Duplicate field 'prompt'
            "Hello"}}          | "Hello"}} {}      | expected a trace in JSON, found Trailing token (of type START_OBJECT) found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`
            :1,                | :0,               | generation.max_new_tokens: expected a whole number of at least 1, found 0
            :1,                | :"1",             | generation.max_new_tokens: expected a whole number of at least 1, found "1"
            :1,                | :1.5,             | generation.max_new_tokens: expected a whole number of at least 1, found 1.5
            "Hi"               | 7                 | generation.prompt: expected a text, found 7
            "Hello"            | ["Hello"]         | result.assistant_display: expected a text, found ["Hello"]
            "result"           | "r"               | result.assistant_display: expected a text, found nothing
            """)
    void refusesWhatSaysNothing(String sound, String broken, String problem) throws IOException {
        Path file = file(SOUND.replace(sound, broken));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Trace.read(file))
                .withMessage(file + ": " + problem);
    }

    @Test
    void aByteOrderMarkIsNoPartOfATrace() throws IOException {
        assertThat(Trace.read(file("\ufeff" + SOUND))).isEqualTo(new Trace("Hi", 1, "Hello"));
        Files.write(folder.resolve("trace.json"), ("\ufeff" + SOUND).getBytes(StandardCharsets.UTF_16LE));
        assertThat(Trace.read(folder.resolve("trace.json"))).isEqualTo(new Trace("Hi", 1, "Hello"));
    }

    @Test
    void refusesWhatIsNoObject() throws IOException {
        Path file = file("{");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Trace.read(file))
                .withMessageStartingWith(file + ": expected a trace in JSON, found Unexpected end-of-input: ");
        file("[]");
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Trace.read(file))
                .withMessage(file + ": expected a JSON object, found another value");
    }

    /** A sparse file, which takes no room on the disk. */
    @Test
    void refusesWhatIsTooLarge() throws IOException {
        Path file = folder.resolve("large.json");
        long maxTokens = 64L << 20;
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(maxTokens);
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> Trace.read(file))
                    .withMessageStartingWith(file + ": expected a trace in JSON, found Illegal character");
            large.setLength(maxTokens + 1);
        }
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> Trace.read(file))
                .withMessage(file + ": expected a trace of at most 67108864 bytes, found 67108865");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', ignoreLeadingAndTrailingWhitespace = false, textBlock = """
            ab|ab|``
            ` a`|`a `|``
            abc|abd|character 2: expected "c", found "d"
            ab|abc|character 2: expected the end, found "c"
            abc|ab|character 2: expected "c", found the end
            ``|x|character 0: expected the end, found "x"
            x|y|character 0: expected "x", found "y"
            `0123456789012345678901234567890123456789A`|z|character 0: expected "0123456789012345678901234567890123456789", found "z"
            """)
    void differences(String expected, String found, String difference) {
        assertThat(Trace.difference(expected, found)).isEqualTo(difference);
    }
}
