package rwkvms.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.ggml.Ggml;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.Llama;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.LlamaModel;

/** {@code gate model synthesize}. */
final class ModelCommandTests {
    /** What the real size asks for. */
    private static final long ROOM = 8_100_000_000L;

    @TempDir
    private Path folder = Path.of("");

    private GateRun passes(Object... arguments) {
        GateRun run = GateRun.of(arguments);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        return run;
    }

    @Test
    void whatIsWrittenIsLoaded() throws Exception {
        Path file = folder.resolve("miniature.gguf");
        JsonNode json = passes("model", "synthesize", file, "--like", "miniature", "--type", "Q8_0", "--json").json();
        assertThat(json.path("file").textValue()).isEqualTo(file.toString());
        assertThat(json.path("bytes").longValue()).isEqualTo(Files.size(file));
        assertThat(json.path("like").textValue() + " " + json.path("type").textValue()).isEqualTo("miniature Q8_0");
        assertThat(json.path("seed").longValue()).isZero();
        assertThat(json.path("layers").intValue()).isEqualTo(12);
        assertThat(json.path("shared_kv_layers").intValue()).isEqualTo(6);
        try (LlamaModel model = Llama.open(Ggml.open()).load(file);
                LlamaContext context = model.newContext(ContextSettings.of(256))) {
            assertThat(model.layers()).isEqualTo(12);
            assertThat(model.hiddenSize()).isEqualTo(json.path("hidden_size").intValue());
            assertThat(model.vocabulary()).isEqualTo(json.path("vocabulary").intValue());
            context.decode(0, model.words().tokens("the memory", true));
            assertThat(context.lastLogits()).doesNotContain(Float.NaN);
        }
    }

    @Test
    void theSeedDecides() throws Exception {
        Path one = folder.resolve("one.gguf");
        Path same = folder.resolve("same.gguf");
        Path other = folder.resolve("other.gguf");
        assertThat(passes("model", "synthesize", one, "--seed", 7).out()).isEqualToIgnoringNewLines(one + ": written, "
                + Files.size(one) + " bytes, F32, 6 layers, hidden size 64, 396 tokens, seed 7");
        passes("model", "synthesize", same, "--seed", 7);
        passes("model", "synthesize", other, "--seed", 8);
        assertThat(Files.mismatch(one, same)).isEqualTo(-1);
        assertThat(Files.mismatch(one, other)).isNotEqualTo(-1);
    }

    @Test
    void aFileThatExistsStays() throws Exception {
        Path precious = Files.writeString(folder.resolve("precious.gguf"), "precious");
        GateRun run = GateRun.of("model", "synthesize", precious);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).isEqualToIgnoringNewLines(
                "gate: " + precious + ": expected no such file, found one; --force overwrites it");
        assertThat(precious).hasContent("precious");
        passes("model", "synthesize", precious, "--force");
        assertThat(Files.size(precious)).isGreaterThan(100_000);
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path file = folder.resolve("none").resolve("a.gguf");
        GateRun run = GateRun.of("model", "synthesize", file);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("gate: " + file + ": expected a folder to write it into, found none");
    }

    @Test
    void aDiskIsAskedForRoomFirst() {
        assertThatIOException().isThrownBy(
                () -> ModelSynthesize.requireSpace(Path.of("e4b.gguf"), 8_000_000_000L, 3_200_000_000L))
                .withMessage("e4b.gguf: expected 8.00 GB of free space in its folder, found 3.20 GB");
        assertThatCode(() -> ModelSynthesize.requireSpace(Path.of("e4b.gguf"), 8_000_000_000L, 8_000_000_000L))
                .doesNotThrowAnyException();
    }

    /** A signal leaves no gigabytes behind. */
    @Test
    void aSignalLeavesNothingBehind() throws Exception {
        if (Files.getFileStore(folder).getUsableSpace() < ROOM) {
            throw new TestAbortedException("NOT EVALUATED: less than " + ROOM + " bytes are free in " + folder);
        }
        try (WatchService made = folder.getFileSystem().newWatchService()) {
            folder.register(made, StandardWatchEventKinds.ENTRY_CREATE);
            Process process = GateRun
                    .java(folder, List.of(), "model", "synthesize", folder.resolve("e4b.gguf"), "--like",
                            "e4b")
                    .start();
            assertThat(made.poll(60, TimeUnit.SECONDS)).isNotNull();
            process.toHandle().destroy();
            assertThat(process.waitFor()).isEqualTo(143);
        }
        assertThat(folder).isEmptyDirectory();
    }
}
