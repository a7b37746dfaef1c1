package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.file.Sha256;
import rwkvms.ggml.Device;
import rwkvms.ggml.Ggml;
import rwkvms.gguf.GgmlType;
import rwkvms.nativeruntime.NativeFiles;

/** The tiny Gemma4 in an unmodified llama.cpp: it loads, decodes, restores, and every misuse is refused in Java. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class LlamaTests {
    private static final long SEED = 7;
    private static final int TOKENS = 24;

    @TempDir
    private static Path folder;

    private Ggml ggml;
    private Llama llama;
    private LlamaModel model;

    @BeforeAll
    void load() throws Exception {
        ggml = Ggml.open();
        llama = Llama.open(ggml);
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
    }

    @Test
    void theProcessorIsNoDeviceToAskFor() throws Exception {
        Device processor = ggml.devices().getFirst();
        try (LlamaModel there = llama.load(model.file(), Optional.of(processor))) {
            assertThat(there.device()).isEmpty();
            assertThat(there.offloaded()).isZero();
        }
        assertThat(model.device()).isEmpty();
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

    /** Hashes of the files: a model must be the same on every machine, or results cannot be compared. */
    @Test
    void aModelIsTheSameEverywhere() throws Exception {
        assertThat(Sha256.of(model.file()))
                .isEqualTo("e3a6d106da2973cffea3799716baa5563008e7ad9df7a605ea9d4c59927aa8d1");
        Path file = folder.resolve("known.gguf");
        TinyGemma4.write(file, Gemma4Sizes.tiny().withType(GgmlType.BF16).withSharedTail(3).withWindow(16), SEED);
        assertThat(Sha256.of(file)).isEqualTo("843b6973e06a6daec652f93c3f5786f1837e50d4cee402194fcc6f05a7c39197");
        TinyGemma4.writeSpeaking(file, Gemma4Sizes.speaking(), SEED);
        assertThat(Sha256.of(file)).isEqualTo("54426674775c8bb1275dc68e3f899c56af7e1c751e8e9b9cc7e4310fdb1c2ad1");
    }

    @Test
    void contextsAreMadeAsAsked() throws Exception {
        ContextSettings settings = new ContextSettings(512, 64, 16, 2, 1, true, false, ContextSettings.Hook.NONE);
        try (LlamaContext context = model.newContext(settings)) {
            assertThat(context.settings()).isEqualTo(settings);
            assertThat(context.model()).isSameAs(model);
            context.decode(0, tokens(0, 64));
            context.decode(64, tokens(64, 64));
            assertThat(context.memory().lastPosition(0)).isEqualTo(127);
            assertThat(context.memory().lastPosition(1)).isEqualTo(-1);
        }
        assertThat(ContextSettings.of(256).withMicrobatch(16).withSequences(3).withFlashAttention(true)
                .withFullSlidingCache(false)).isEqualTo(
                        new ContextSettings(256, 256, 16, 3, 1, true, false, ContextSettings.Hook.NONE));
    }

    @Test
    void aHookSeesEveryNode() throws Throwable {
        List<Boolean> asked = new ArrayList<>();
        MethodHandle add = MethodHandles.lookup().findStatic(LlamaTests.class, "look", MethodType.methodType(
                boolean.class, List.class, MemorySegment.class, boolean.class, MemorySegment.class)).bindTo(asked);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment callback = Linker.nativeLinker().upcallStub(add,
                    FunctionDescriptor.of(ValueLayout.JAVA_BOOLEAN, ValueLayout.ADDRESS, ValueLayout.JAVA_BOOLEAN,
                            ValueLayout.ADDRESS),
                    arena);
            try (LlamaContext context = model.newContext(
                    ContextSettings.of(256)
                            .withHook(new ContextSettings.Hook(callback, MemorySegment.ofAddress(42))))) {
                context.decode(0, 1, 2);
            }
        }
        assertThat(asked).hasSizeGreaterThan(50).contains(true, false);
    }

    private static boolean look(List<Boolean> asked, MemorySegment node, boolean ask, MemorySegment data) {
        asked.add(ask);
        return node.address() != 0 && data.address() == 42;
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
            assertThat(context.memory().remove(0, TOKENS / 2, -1)).isTrue();
            assertThat(context.memory().lastPosition(0)).isEqualTo(TOKENS / 2 - 1);
            context.memory().clear(true);
            assertThat(context.memory().lastPosition(0)).isEqualTo(-1);
            assertThat(context.memory().handle().address()).isNotZero();
        }
    }

    @Test
    void logitsAreThoseOfTheLastDecode() {
        try (LlamaContext context = model.newContext(ContextSettings.of(256));
                LlamaContext single = model.newContext(ContextSettings.of(256))) {
            assertThatIllegalArgumentException().isThrownBy(context::lastLogits)
                    .withMessage("logits: expected a token of the 0 decoded last, found -1");
            context.decode(0, tokens(0, 3));
            single.decode(0, tokens(0, 1));
            assertThat(context.logits(0)).hasSize(64);
            assertThat(differ(context.logits(0), single.lastLogits())).isLessThan(1e-4);
            assertThat(context.lastLogits()).isEqualTo(context.logits(2)).isNotEqualTo(context.logits(1));
            assertThatIllegalArgumentException().isThrownBy(() -> context.logits(3))
                    .withMessage("logits: expected a token of the 3 decoded last, found 3");
            byte[] state = context.state();
            assertThat(context.stateSize()).isEqualTo(state.length);
            context.setState(state);
            assertThatIllegalArgumentException().isThrownBy(() -> context.logits(0))
                    .withMessage("logits: expected a token of the 0 decoded last, found 0");
        }
    }

    private static double differ(float[] one, float[] other) {
        return IntStream.range(0, one.length).mapToDouble(i -> Math.abs(one[i] - other[i])).max().orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0   | 1   | 1   | 1   | 1 | size: expected a positive multiple of 256, found 0
            257 | 1   | 1   | 1   | 1 | size: expected a positive multiple of 256, found 257
            256 | 0   | 1   | 1   | 1 | batch: expected 1 to 256, found 0
            256 | 257 | 1   | 1   | 1 | batch: expected 1 to 256, found 257
            256 | 8   | 0   | 1   | 1 | microbatch: expected 1 to 8, found 0
            256 | 8   | 9   | 1   | 1 | microbatch: expected 1 to 8, found 9
            256 | 8   | 8   | 0   | 1 | sequences: expected 1 to 256, found 0
            256 | 8   | 8   | 257 | 1 | sequences: expected 1 to 256, found 257
            256 | 8   | 8   | 256 | 0 | threads: expected at least 1, found 0
            """)
    void settingsThatLlamaWouldBendAreRefused(int size, int batch, int microbatch, int sequences, int threads,
            String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> new ContextSettings(size, batch, microbatch, sequences,
                threads, false, true, ContextSettings.Hook.NONE)).withMessage("context " + message);
    }

    @Test
    void sizesThatNoGemma4HasAreRefused() {
        Gemma4Sizes tiny = Gemma4Sizes.tiny();
        assertThatIllegalArgumentException().isThrownBy(() -> new Gemma4Sizes(64, 96, 4, 3, 32, 16, 32, 64,
                tiny.sliding(), 0, GgmlType.F32)).withMessage("Gemma4 heads: expected a multiple of 3, found 4");
        assertThatIllegalArgumentException().isThrownBy(() -> new Gemma4Sizes(64, 96, 4, 2, 31, 16, 32, 64,
                tiny.sliding(), 0, GgmlType.F32)).withMessage("Gemma4 head widths: expected even ones, found 31, 16");
        assertThatIllegalArgumentException().isThrownBy(() -> new Gemma4Sizes(64, 96, 4, 2, 32, 15, 32, 64,
                tiny.sliding(), 0, GgmlType.F32)).withMessage("Gemma4 head widths: expected even ones, found 32, 15");
        assertThatIllegalArgumentException().isThrownBy(() -> tiny.withType(GgmlType.F16))
                .withMessage("Gemma4 type: expected F32, BF16 or Q8_0, found F16");
        for (int tail : new int[]{1, 2, 4, 5, 6}) {
            assertThatIllegalArgumentException().isThrownBy(() -> tiny.withSharedTail(tail)).withMessage(
                    "Gemma4 sharedTail: expected a sliding and then a full layer before it, found " + tail);
        }
        Gemma4Sizes two = new Gemma4Sizes(64, 96, 4, 2, 32, 16, 32, 64, List.of(true, false, true), 1, GgmlType.F32);
        assertThat(two.ownKeyLayers()).containsExactly(0, 1);
        assertThat(List.of(tiny.queryWidth(0), tiny.queryWidth(2), tiny.keyWidth(0), tiny.keyWidth(2)))
                .containsExactly(64, 128, 32, 64);
        Gemma4Sizes measured = Gemma4Sizes.measured();
        assertThat(List.of(measured.queryWidth(0), measured.queryWidth(5), measured.keyWidth(0), measured.keyWidth(5)))
                .containsExactly(2048, 4096, 512, 1024);
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
            assertThatIllegalArgumentException().isThrownBy(() -> context.decode(0, -1))
                    .withMessage("token: expected 0 to 63, found -1");
            assertThatIllegalArgumentException().isThrownBy(() -> context.decode(0, new int[257]))
                    .withMessage("tokens of one decode: expected 1 to 256, found 257");
            assertThatIllegalArgumentException().isThrownBy(() -> context.logits(0))
                    .withMessage("logits: expected a token of the 0 decoded last, found 0");
            assertThatIllegalArgumentException().isThrownBy(() -> context.memory().lastPosition(-1))
                    .withMessage("sequence: expected 0 to 255, beyond which llama.cpp aborts, found -1");
            assertThatIllegalArgumentException().isThrownBy(() -> context.memory().lastPosition(256))
                    .withMessage("sequence: expected 0 to 255, beyond which llama.cpp aborts, found 256");
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
                .withMessage(
                        "vocabulary of a model that speaks: expected at least " + Gemma4Sizes.speaking().vocabulary()
                                + ", found 64");
    }

    @Test
    void whatIsClosedIsNotUsedAgain() throws Exception {
        assertThat(llama.folder()).isEqualTo(NativeFiles.folder());
        LlamaModel other = speaking();
        LlamaContext context = other.newContext(ContextSettings.of(256));
        context.close();
        context.close();
        assertThatIllegalStateException().isThrownBy(() -> context.decode(0, 1))
                .withMessage("context: expected it open, found it closed");
        other.close();
        other.close();
        assertThatIllegalStateException().isThrownBy(other::layers)
                .withMessage(other.file() + ": expected the model open, found it closed");
    }

    @Test
    void aTextHasALongestLength() throws Exception {
        try (LlamaModel speaking = speaking()) {
            Vocabulary words = speaking.words();
            assertThat(words.size()).isEqualTo(speaking.vocabulary()).isEqualTo(Gemma4Sizes.speaking().vocabulary());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> words.tokens("x".repeat(Vocabulary.MAX_TEXT + 1), false))
                    .withMessage("text: expected at most 16777216 bytes, found 16777217");
            assertThatIllegalArgumentException().isThrownBy(() -> words.isEnd(-1))
                    .withMessage("token: expected 0 to " + (words.size() - 1) + ", found -1");
        }
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
