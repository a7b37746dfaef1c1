package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fixtures that cannot be used exit 2 with one line that names file and field, expected and found, and what to do. FixtureRefusalTests and FixtureReaderTests have more. */
final class BadFixtureTests {
    private static final String AGAIN = "; fetch or generate the file again";
    private static final String CORRECT = "; correct what generated the file (docs/spec/fixture.md)";

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "schema": "delta_mem_rwkv_ms_math_fixture.v1" | "schema": "v9" | schema: expected delta_mem_rwkv_ms_math_fixture.v1, delta_mem_rwkv_ms_math_fixture.v2 or rwkv_ms_long_math_fixture.v1, found v9
            "hidden_size": 64 | "hidden_size": 65 | inputs.hidden_states.shape: expected [B, T, H] = [1, 4, 65] after config, found [1, 4, 64]
            "rank": 8 | "rank": "8" | config.rank: expected an integer from 1 to 2147483647, found "8"
            "scan_config" | "scan_konfig" | scan_config: the section is missing
            "rwkv_ms_chunk_size" | "rwkv_ms_chunk" | scan_config.rwkv_ms_chunk_size: is missing, expected an integer from 1 to 9223372036854775807
            """)
    void aWrongFieldIsNamed(String text, String replacement, String problem) throws Exception {
        String golden = EditedFixture.text("basic");
        assertThat(golden).contains(text);

        refused(write(golden.replace(text, replacement)), problem + CORRECT);
    }

    @Test
    void aValueOfAnotherHashIsNamed() throws Exception {
        Path file = write(
                EditedFixture.text("basic").replaceFirst("(\"raw_reads\"[^\\[]*\\[[^\\]]*\\][^\\[]*\\[\\s*)[^,]*,",
                        "$19.5,"));

        refusedLike(file, "expected\\.raw_reads\\.sha256: expected [0-9a-f]{64}, found [0-9a-f]{64} over the data"
                + AGAIN);
    }

    @Test
    void aGzippedFileIsReadWhateverItsName() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(EditedFixture.text("basic").getBytes(StandardCharsets.UTF_8));
        }

        assertThat(GateRun.of("check", "--runtime", "reference", "--fixture",
                bytes("packed.json", packed.toByteArray())).code()).isZero();
    }

    @Test
    void aFolderWithoutAFixtureIsNamed() {
        GateRun run = GateRun.of("check", "--fixture", folder, "--runtime", "reference");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errors()).containsExactly("gate: " + folder
                + ": expected fixture.json or fixture.json.gz in this folder, found neither");
    }

    private Path write(String text) throws IOException {
        return bytes("bad.json", text.getBytes(StandardCharsets.UTF_8));
    }

    private Path bytes(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static void refused(Path file, String problem) throws Exception {
        refusedLike(file, Pattern.quote(problem));
    }

    /** Checks both commands that read fixtures: they use the same words in text and in JSON. */
    private static void refusedLike(Path file, String pattern) throws Exception {
        GateRun check = GateRun.of("check", "--fixture", file, "--runtime", "reference", "--json");
        GateRun verify = GateRun.of("fixture", "verify", file, "--json");

        assertThat(check.code()).isEqualTo(2);
        assertThat(verify.code()).isEqualTo(2);
        assertThat(check.errors()).singleElement().asString()
                .matches("gate: " + Pattern.quote(file.toString()) + ": " + pattern);
        assertThat(verify.errors()).isEqualTo(check.errors());
        String error = check.errors().getFirst().substring("gate: ".length());
        assertThat(check.json().at("/errors/0").textValue()).isEqualTo(error);
        assertThat(verify.json().at("/errors/0").textValue()).isEqualTo(error);
        assertThat(check.json().at("/ok").booleanValue()).isFalse();
        assertThat(verify.json().at("/ok").booleanValue()).isFalse();
        assertThat(GateRun.of("check", "--fixture", file, "--runtime", "reference").errors())
                .isEqualTo(check.errors());
    }
}
