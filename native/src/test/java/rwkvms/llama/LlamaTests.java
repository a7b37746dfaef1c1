package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.ggml.Ggml;
import rwkvms.gguf.GgmlType;

/** The tiny Gemma4 in an unmodified llama.cpp: it loads, decodes, restores, and every misuse is refused in Java. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class LlamaTests {
    private static final long SEED = 7;
    private static final int TOKENS = 24;

    @TempDir
    private static Path folder;

    private Llama llama;
    private LlamaModel model;

    @BeforeAll
    void load() throws Exception {
        llama = Llama.open(Ggml.open());
        Path file = folder.resolve("tiny.gguf");
        TinyGemma4.write(file, Gemma4Sizes.tiny(), SEED);
        model = llama.load(file);
    }

    @AfterAll
    void close() {
        model.close();
    }

    private static int[] tokens(int from, int count) {
        return IntStream.range(from, from + count).map(i -> i * 31 % Gemma4Sizes.tiny().vocabulary()).toArray();
    }

    @Test
    void modelHasTheSizesItWasWrittenWith() {
        Gemma4Sizes sizes = Gemma4Sizes.tiny();
        assertThat(model.layers()).isEqualTo(sizes.layers());
        assertThat(model.hiddenSize()).isEqualTo(sizes.hidden());
        assertThat(model.vocabulary()).isEqualTo(sizes.vocabulary());
        assertThat(model.slidingWindow()).isEqualTo(sizes.window());
    }

    @ParameterizedTest
    @EnumSource(value = GgmlType.class, names = {"F32", "BF16"})
    void everyTypeDecodesWithAndWithoutSharedKeys(GgmlType type) throws Exception {
        Gemma4Sizes own = Gemma4Sizes.tiny().withType(type);
        for (Gemma4Sizes sizes : new Gemma4Sizes[]{own, own.withSharedTail(3)}) {
            Path file = folder.resolve(type + "-" + sizes.sharedTail() + ".gguf");
            TinyGemma4.write(file, sizes, SEED);
            try (LlamaModel other = llama.load(file);
                    LlamaContext context = other.newContext(ContextSettings.of(256))) {
                context.decode(0, tokens(0, TOKENS));
                assertThat(finite(context.lastLogits())).isTrue();
                assertThat(context.lastLogits()).isNotEqualTo(context.logits(0));
            }
        }
    }

    private static boolean finite(float[] values) {
        return IntStream.range(0, values.length).allMatch(i -> Float.isFinite(values[i]));
    }

    @Test
    void sameSeedGivesTheSameBytes() throws Exception {
        Path again = folder.resolve("again.gguf");
        TinyGemma4.write(again, Gemma4Sizes.tiny(), SEED);
        assertThat(Files.mismatch(again, model.file())).isEqualTo(-1);
        TinyGemma4.write(again, Gemma4Sizes.tiny(), SEED + 1);
        assertThat(Files.mismatch(again, model.file())).isNotEqualTo(-1);
    }

    @Test
    void restoredStateContinuesBitForBit() {
        try (LlamaContext through = model.newContext(ContextSettings.of(256));
                LlamaContext other = model.newContext(ContextSettings.of(256))) {
            through.decode(0, tokens(0, TOKENS));
            other.decode(0, tokens(5, 9));
            other.setState(through.state());
            through.decode(TOKENS, tokens(TOKENS, 1));
            other.decode(TOKENS, tokens(TOKENS, 1));
            assertThat(other.lastLogits()).isEqualTo(through.lastLogits());
            assertThat(other.memory().lastPosition(0)).isEqualTo(TOKENS);
        }
    }

    @Test
    void memoryIsClearedAndRemovedFrom() {
        try (LlamaContext context = model.newContext(ContextSettings.of(256))) {
            context.decode(0, tokens(0, TOKENS));
            assertThat(context.memory().firstPosition(0)).isZero();
            assertThat(context.memory().remove(0, TOKENS / 2, -1)).isTrue();
            assertThat(context.memory().lastPosition(0)).isEqualTo(TOKENS / 2 - 1);
            context.memory().clear(true);
            assertThat(context.memory().lastPosition(0)).isEqualTo(-1);
        }
    }

    @Test
    void truncatedStateIsRefusedAndDestroysTheCacheAsUpstreamDoes() {
        try (LlamaContext context = model.newContext(ContextSettings.of(256))) {
            context.decode(0, tokens(0, TOKENS));
            byte[] state = context.state();
            byte[] half = Arrays.copyOf(state, state.length / 2);
            assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> context.setState(half))
                    .withMessageStartingWith("llama_state_set_data: expected " + half.length
                            + " bytes read, found 0; llama.cpp says: ");
            assertThat(context.memory().lastPosition(0)).isEqualTo(-1);
        }
    }

    @Test
    void misuseIsRefusedBeforeTheCall() {
        try (LlamaContext context = model.newContext(ContextSettings.of(256))) {
            assertThatIllegalArgumentException().isThrownBy(() -> context.decode(0))
                    .withMessage("tokens of one decode: expected 1 to 256, found 0");
            assertThatIllegalArgumentException().isThrownBy(() -> context.decode(0, 64))
                    .withMessage("token: expected 0 to 63, found 64");
            assertThatIllegalArgumentException().isThrownBy(() -> context.logits(0))
                    .withMessage("logits: expected a token of the 0 decoded last, found 0");
            assertThatIllegalArgumentException().isThrownBy(() -> context.memory().remove(256, -1, -1))
                    .withMessage("sequence: expected 0 to 255, beyond which llama.cpp aborts, found 256");
            assertThatIllegalArgumentException().isThrownBy(() -> ContextSettings.of(100))
                    .withMessage("context size: expected a positive multiple of 256, found 100");
            assertThatIllegalStateException().isThrownBy(model::close).withMessage(
                    model.file() + ": expected the model's contexts closed before it, found 1 open");
            context.decode(0, 1, 2, 3);
            assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> context.decode(1, 1))
                    .withMessageStartingWith(
                            "llama_decode of 1 tokens from position 1: expected 0, found -1; llama.cpp says: ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Hi", "the other and the memory of it", "two\nlines\n\n\tand <eos> as text",
            "Gr\u00fc\u00dfe, \u4e16\u754c \uD83D\uDE00", "nul \0 in it"})
    void textComesBackFromItsTokens(String text) throws Exception {
        try (LlamaModel speaking = speaking()) {
            Vocabulary words = speaking.words();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int token : words.tokens(text, false)) {
                bytes.writeBytes(words.piece(token));
            }
            assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(text);
        }
    }

    @Test
    void controlTokensAreFoundByName() throws Exception {
        try (LlamaModel speaking = speaking()) {
            Vocabulary words = speaking.words();
            int end = words.control("<eos>").orElseThrow();
            assertThat(words.isEnd(end)).isTrue();
            assertThat(words.piece(end)).isEmpty();
            assertThat(words.control("<|turn>")).isPresent();
            assertThat(words.control("<start_of_turn>")).isEmpty();
            assertThat(words.control("t")).isEmpty();
            assertThat(words.beginning()).isEqualTo(words.control("<bos>"));
            assertThat(words.isEnd(words.beginning().orElseThrow())).isFalse();
            assertThat(words.tokens("the<eos>", true)).endsWith(end).hasSize(2);
            assertThat(words.tokens("the<eos>", false)).hasSize(6);
            assertThatIllegalArgumentException().isThrownBy(() -> words.piece(words.size()))
                    .withMessage("token: expected 0 to " + (words.size() - 1) + ", found " + words.size());
        }
    }

    @Test
    void modelWithoutATokenizerIsNotAskedForText() {
        assertThatExceptionOfType(LlamaException.class).isThrownBy(model::words)
                .withMessage(model.file() + ": expected a model with a tokenizer, found one without");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TinyGemma4.writeSpeaking(model.file(), Gemma4Sizes.tiny(), SEED))
                .withMessage("vocabulary of a model that speaks: expected " + Gemma4Sizes.speaking().vocabulary()
                        + ", found 64");
    }

    private LlamaModel speaking() throws IOException {
        Path file = folder.resolve("speaking.gguf");
        TinyGemma4.writeSpeaking(file, Gemma4Sizes.speaking(), SEED);
        return llama.load(file);
    }

    @Test
    void fileThatIsNoModelIsRefusedWithLlamasReason() throws Exception {
        Path file = Files.writeString(folder.resolve("text.gguf"), "no model");
        assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> llama.load(file))
                .withMessageStartingWith(file + ": expected a model that llama.cpp loads; it says: ")
                .withMessageContaining("magic");
    }
}
