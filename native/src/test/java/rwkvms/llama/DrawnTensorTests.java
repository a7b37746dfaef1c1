package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import rwkvms.ggml.Ggml;
import rwkvms.gguf.GgmlType;

/** Weights from a seed, as they are stored. */
final class DrawnTensorTests {
    private static final double RANGE = 0.25;
    /** More than one write. */
    private static final int COUNT = (1 << 20) + 64;
    private static final int BLOCK = 32;
    private static final int BLOCK_BYTES = 34;
    private static final float SMALL = 0.5f;

    private final List<Long> written = new ArrayList<>();

    private ByteBuffer drawn(GgmlType type, DrawnTensor.Factor factor) throws Exception {
        DrawnTensor tensor = new DrawnTensor("any", type, List.of(64L, COUNT / 64L), 0, RANGE, factor,
                new SplittableRandom(3), written::add);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tensor.writeTo(Channels.newChannel(bytes));
        assertThat(tensor.byteSize()).isEqualTo(bytes.size())
                .isEqualTo(written.stream().mapToLong(Long::longValue).sum());
        assertThat(written).hasSize(2);
        return ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private double[] dequantised(DrawnTensor.Factor factor) throws Exception {
        ByteBuffer bytes = drawn(GgmlType.Q8_0, factor);
        return IntStream.range(0, COUNT).mapToDouble(i -> Float.float16ToFloat(bytes.getShort(i / BLOCK * BLOCK_BYTES))
                * bytes.get(i / BLOCK * BLOCK_BYTES + Short.BYTES + i % BLOCK)).toArray();
    }

    private static void assertUniform(double[] values, double range) {
        assertThat(Arrays.stream(values).max().orElseThrow()).isCloseTo(range, within(range / 500));
        assertThat(Arrays.stream(values).min().orElseThrow()).isCloseTo(-range, within(range / 500));
        assertThat(Arrays.stream(values).average().orElseThrow()).isCloseTo(0, within(range / 100));
        assertThat(Math.sqrt(DoubleStream.of(values).map(value -> value * value).average().orElseThrow()))
                .isCloseTo(range / Math.sqrt(3), within(range / 100));
    }

    @Test
    void weightsAreUniformWhateverTheType() throws Exception {
        assertUniform(dequantised(DrawnTensor.Factor.ONE), RANGE);
        written.clear();
        ByteBuffer floats = drawn(GgmlType.F32, DrawnTensor.Factor.ONE);
        assertUniform(IntStream.range(0, COUNT).mapToDouble(i -> floats.getFloat(i * Float.BYTES)).toArray(), RANGE);
    }

    @Test
    void theFactorIsThatOfTheElement() throws Exception {
        double[] values = dequantised(i -> i < COUNT / 2 ? SMALL : 1);
        assertUniform(Arrays.copyOfRange(values, 0, COUNT / 2), RANGE * SMALL);
        assertUniform(Arrays.copyOfRange(values, COUNT / 2, COUNT), RANGE);
    }

    /** The published file in Q8_0 has the same types: the one matrix that llama.cpp does not quantise stays BF16. */
    @Test
    void e4bHasItsRealTypesAndSize() {
        Gemma4Sizes sizes = Gemma4Sizes.e4b().withType(GgmlType.Q8_0);
        Collection<GgmlType> types = TinyGemma4.tensors(sizes).values();
        assertThat(types.stream().filter(type -> type == GgmlType.Q8_0)).hasSize(380);
        assertThat(types.stream().filter(type -> type == GgmlType.BF16)).hasSize(1);
        assertThat(TinyGemma4.byteSize(sizes)).isBetween(7_900_000_000L, 8_100_000_000L);
    }

    @Test
    void rowsAreWholeBlocks() {
        Gemma4Sizes odd = new Gemma4Sizes(48, 96, 4, 2, 32, 16, 32, 64, List.of(true, false), 0, GgmlType.F32);
        assertThatIllegalArgumentException().isThrownBy(() -> odd.withType(GgmlType.Q8_0))
                .withMessage("Gemma4 rows: expected multiples of 32, for Q8_0, found 48, 96, 64, 128, 0");
    }

    /** What is drawn in Q8_0 is the model that llama.cpp loads, and it speaks. */
    @Test
    void theMiniatureInQ8SpeaksWithAnyVocabulary(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("miniature.gguf");
        Gemma4Sizes sizes = Gemma4Sizes.miniature().withWords().withType(GgmlType.Q8_0);
        Gemma4Sizes more = sizes.withVocabulary(sizes.vocabulary() + 100);
        TinyGemma4.writeSpeaking(file, more, 3);
        try (LlamaModel model = Llama.open(Ggml.open()).load(file);
                LlamaContext context = model.newContext(ContextSettings.of(256))) {
            Vocabulary words = model.words();
            assertThat(words.size()).isEqualTo(more.vocabulary());
            context.decode(0, words.tokens("the other", true));
            float[] logits = context.lastLogits();
            int best = IntStream.range(0, logits.length).reduce(0, (a, b) -> logits[a] >= logits[b] ? a : b);
            assertThat(TinyVocabulary.isQuiet(best)).isFalse();
            assertThat(new String(words.piece(best), StandardCharsets.UTF_8)).isNotBlank();
        }
    }
}
