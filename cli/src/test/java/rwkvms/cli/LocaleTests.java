package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No number of a file, a JSON object or a message depends on the user's locale: Persian and Arabic have digits of their own,
 * German a decimal comma, Turkish an i without a dot.
 */
final class LocaleTests {
    private static final String ALPHA = "1e-07";

    private final Locale before = Locale.getDefault();

    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void restore() {
        Locale.setDefault(before);
    }

    /** Returns what a command prints, without its folder and its duration. */
    private static String said(Path work, Object... arguments) {
        GateRun run = GateRun.of(arguments);
        return (run.code() + run.out() + run.err()).replace(work.toString(), "")
                .replaceAll("\"seconds\":[^,}]+", "");
    }

    /** Writes the checkpoint of a small sidecar whose alpha has an exponent. */
    private Path checkpoint(Path work) throws IOException {
        Path sidecar = work.resolve("small.gguf");
        assertThat(GateRun.of("sidecar", "synthesize", "--hidden", "16", "--layers", "0,1", "--seed", "7", "--alpha",
                ALPHA, sidecar).code()).isZero();
        Path checkpoint = work.resolve("checkpoint");
        assertThat(GateRun.of("sidecar", "materialize", sidecar, checkpoint).code()).isZero();
        return checkpoint;
    }

    private List<String> everything(String tag) throws Exception {
        Locale.setDefault(Locale.forLanguageTag(tag));
        Path work = Files.createDirectories(folder.resolve("work-" + tag));
        Path checkpoint = checkpoint(work);
        Path slot = Files.write(work.resolve("slot.bin"), withState(StateSlots.of("basic")));
        Path bad = Files.writeString(work.resolve("bad\t\u00e4.json"), "{\"I\u0001\": 1}");
        Path magic = Files.writeString(work.resolve("magic.gguf"), "no GGUF I think");
        Path sarif = work.resolve("findings.sarif");
        List<String> all = new ArrayList<>();
        all.add(Files.readString(checkpoint.resolve("delta_mem_config.json")));
        all.add(Files.readString(checkpoint.resolve("adapter_metadata.json")));
        all.add(Files.readString(checkpoint.resolve("delta_mem_adapter.safetensors"), StandardCharsets.ISO_8859_1));
        all.add(Files.readString(work.resolve("small.gguf"), StandardCharsets.ISO_8859_1));
        for (Object[] command : new Object[][]{{"state", "inspect", slot}, {"state", "inspect", slot, "--json"},
                {"sidecar", "inspect", work.resolve("small.gguf")},
                {"sidecar", "compare", work.resolve("small.gguf"), checkpoint},
                {"sidecar", "export", checkpoint, work.resolve("again.gguf")},
                {"sidecar", "validate", EditedFixture.sidecar("basic"), "--base", EditedFixture.base(), "--json"},
                {"sidecar", "validate", magic, "--sarif", sarif}, {"fixture", "verify", bad},
                {"fixture", "verify", EditedFixture.fixture("basic")},
                {"check", "--fixture", EditedFixture.fixture("basic"), "--runtime", "reference"},
                {"check", "--fixture", EditedFixture.fixture("basic"), "--runtime", "reference", "--json"}}) {
            all.add(said(work, command));
        }
        all.add(Files.readString(sarif).replace(work.toString(), ""));
        return all;
    }

    /** The payload with a number in its first layer: zero looks the same in more locales. */
    private static byte[] withState(byte[] payload) {
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putFloat(payload.length / 2 & ~3, 1234.5f);
        return payload;
    }

    @ParameterizedTest
    @ValueSource(strings = {"fa-IR", "ar-EG-u-nu-arab", "de-DE", "tr-TR", "hi-IN-u-nu-deva"})
    void nothingDependsOnTheLocale(String tag) throws Exception {
        List<String> expected = everything("und");
        List<String> found = everything(tag);

        for (int i = 0; i < expected.size(); i++) {
            assertThat(GateRun.dateless(found.get(i))).as("part " + i)
                    .isEqualTo(GateRun.dateless(expected.get(i)).replace("work-und", "work-" + tag));
        }
        assertThat(found.getFirst()).contains("\"alpha\": " + ALPHA);
    }

    /** The process sets the default locale, which libraries follow, for example in the order of options. */
    @Test
    void theProcessItselfHasNoLocale() throws Exception {
        String usage = help("en");

        assertThat(usage).contains("--sidecar=GGUF").contains("--slot-save-path=DIR");
        assertThat(help("tr")).isEqualTo(usage);
    }

    private String help(String language) throws IOException, InterruptedException {
        GateRun run = GateRun.ofProcess(
                GateRun.java(folder, List.of("-Duser.language=" + language), "health", "--help"));
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }
}
