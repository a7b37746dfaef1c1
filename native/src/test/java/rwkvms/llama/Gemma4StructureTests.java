package rwkvms.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import rwkvms.ggml.Ggml;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufFile;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufReader;
import rwkvms.gguf.GgufTensor;
import rwkvms.gguf.GgufTensorInfo;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;

/**
 * The parts of E4B as this suite writes them, held against the loader of llama.cpp: it reads every key and every tensor of the
 * miniature, and asks for nothing else that a published E4B has.
 */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before all tests
final class Gemma4StructureTests {
    /** The keys of the published file whose names begin with the architecture. */
    private static final Set<String> PUBLISHED = Set.of("context_length", "block_count", "embedding_length",
            "feed_forward_length", "attention.head_count", "attention.head_count_kv", "rope.freq_base",
            "rope.freq_base_swa", "attention.layer_norm_rms_epsilon", "attention.key_length", "attention.value_length",
            "final_logit_softcapping", "attention.sliding_window", "attention.shared_kv_layers",
            "embedding_length_per_layer_input", "attention.sliding_window_pattern", "attention.key_length_swa",
            "attention.value_length_swa", "rope.dimension_count", "rope.dimension_count_swa");
    /** What a file without a tokenizer says besides. */
    private static final String VOCABULARY = "vocab_size";
    private static final String PREFIX = "gemma4.";
    private static final String REASON = "error loading model";
    /** A sliding layer, a full one, and one that uses the keys of another. */
    private static final List<Integer> BLOCKS = List.of(0, 5, 11);
    /** What a layer of the tail has in its file and never uses. */
    private static final Set<String> UNUSED = Set.of("blk.11.attn_k.weight", "blk.11.attn_v.weight",
            "blk.11.attn_k_norm.weight");
    /** The norm behind it undoes it. */
    private static final String LAST_SCALE = "blk.11.layer_output_scale.weight";
    /** What a Gemma4 may have and E4B has not. */
    private static final Set<String> OF_OTHERS = Set.of("output.weight", "blk.attn_qkv.weight",
            "blk.ffn_gate_inp.weight");
    private static final Pattern ASKED = Pattern.compile("create_tensor: loading tensor (\\S+?)[;\\s]");
    private static final long SEED = 5;
    /** More than the sliding window. */
    private static final int TOKENS = 12;

    @TempDir
    private static Path folder;

    private final Arena arena = Arena.ofShared();
    private Llama llama;
    private List<GgufPair> pairs;
    private List<GgufTensor> tensors;
    private float[] logits;

    @BeforeAll
    void write() throws Exception {
        llama = Llama.open(Ggml.open());
        Gemma4Sizes miniature = Gemma4Sizes.miniature();
        Gemma4Sizes small = new Gemma4Sizes(32, 32, miniature.heads(), miniature.keyHeads(), 16, 8, 8, 16,
                miniature.sliding(), miniature.sharedTail(), GgmlType.F32, miniature.features());
        Path file = folder.resolve("small.gguf");
        TinyGemma4.write(file, small, SEED);
        GgufFile read = GgufReader.read(file, arena);
        pairs = read.entries().stream().map(entry -> new GgufPair(entry.key(), entry.value())).toList();
        tensors = new ArrayList<>();
        for (GgufTensorInfo info : read.tensors()) {
            tensors.add(new GgufTensor(info.name(), info.type().orElseThrow(), info.ne(), read.data(info)));
        }
        logits = logits(pairs, tensors);
    }

    @AfterAll
    void close() {
        arena.close();
    }

    private float[] logits(List<GgufPair> keys, List<GgufTensor> data) throws IOException {
        Path file = folder.resolve("changed.gguf");
        GgufWriter.write(file, keys, data, true);
        try (LlamaModel model = llama.load(file); LlamaContext context = model.newContext(ContextSettings.of(256))) {
            context.decode(0, IntStream.range(0, TOKENS).map(i -> i * 5 % 16).toArray());
            return context.lastLogits();
        }
    }

    private static <T> List<T> without(Collection<T> all, T one) {
        List<T> rest = new ArrayList<>(all);
        assertThat(rest.remove(one)).isTrue();
        return rest;
    }

    private GgufPair pair(String key) {
        return pairs.stream().filter(pair -> pair.key().equals(PREFIX + key)).findFirst().orElseThrow();
    }

    private List<GgufPair> with(String key, GgufValue value) {
        GgufPair old = pair(key);
        return pairs.stream().map(pair -> pair == old ? new GgufPair(pair.key(), value) : pair).toList();
    }

    @Test
    void keysAreThoseOfThePublishedFile() {
        Set<String> expected = new TreeSet<>(PUBLISHED);
        expected.add(VOCABULARY);
        assertThat(pairs.stream().map(GgufPair::key).filter(key -> key.startsWith(PREFIX))
                .map(key -> key.substring(PREFIX.length()))).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** The published file has 720 tensors, 339 of them F32; all others are matrices. */
    @Test
    void tensorsAreAsManyAsThoseOfThePublishedFile() {
        Collection<GgmlType> types = TinyGemma4.tensors(Gemma4Sizes.e4b()).values();
        assertThat(types).hasSize(720);
        assertThat(types.stream().filter(type -> type == GgmlType.F32)).hasSize(339);
        assertThat(TinyGemma4.tensors(Gemma4Sizes.miniature()).keySet())
                .containsExactlyElementsOf(tensors.stream().map(GgufTensor::name).toList());
    }

    @TestFactory
    Stream<DynamicTest> aFileWithoutTheKeyIsRefused() {
        return Stream.of("context_length", "block_count", "embedding_length", "attention.layer_norm_rms_epsilon",
                "attention.sliding_window", "embedding_length_per_layer_input", "attention.sliding_window_pattern",
                "attention.key_length_swa", "attention.value_length_swa").map(
                        key -> DynamicTest.dynamicTest(key, () -> refused(without(pairs, pair(key)), tensors,
                                PREFIX + key)));
    }

    /** Their defaults do not fit the tensors of the file. */
    @TestFactory
    Stream<DynamicTest> aFileWithoutTheKeyDoesNotFit() {
        return Stream.of("feed_forward_length", "attention.head_count", "attention.head_count_kv",
                "attention.key_length", "attention.value_length", VOCABULARY).map(
                        key -> DynamicTest.dynamicTest(key, () -> refused(without(pairs, pair(key)), tensors,
                                "wrong shape")));
    }

    @TestFactory
    Stream<DynamicTest> anotherValueOfTheKeyChangesTheLogits() {
        return Stream.of(new GgufPair("final_logit_softcapping", GgufValue.f32(2)),
                new GgufPair("rope.freq_base", GgufValue.f32(100)),
                new GgufPair("rope.freq_base_swa", GgufValue.f32(100)),
                new GgufPair("attention.shared_kv_layers", GgufValue.u32(0)),
                new GgufPair("rope.dimension_count", GgufValue.u32(8)),
                new GgufPair("rope.dimension_count_swa", GgufValue.u32(4))).map(
                        pair -> DynamicTest.dynamicTest(pair.key(),
                                () -> assertThat(logits(with(pair.key(), pair.value()), tensors))
                                        .isNotEqualTo(logits)));
    }

    private void refused(List<GgufPair> keys, List<GgufTensor> data, String reason) {
        assertThatExceptionOfType(LlamaException.class).isThrownBy(() -> logits(keys, data)).satisfies(
                refusal -> assertThat(reason(refusal)).contains(reason));
    }

    private static String reason(LlamaException refusal) {
        String text = String.valueOf(refusal.getMessage());
        return text.substring(Math.max(0, text.indexOf(REASON)));
    }

    @TestFactory
    Stream<DynamicTest> everyTensorIsRead() {
        return tensors.stream().filter(tensor -> !tensor.name().equals(LAST_SCALE)).filter(tensor -> !tensor.name()
                .startsWith("blk.")
                || BLOCKS.stream().anyMatch(block -> tensor.name().startsWith("blk." + block + "."))).map(
                        tensor -> DynamicTest.dynamicTest(tensor.name(), () -> isRead(tensor)));
    }

    private void isRead(GgufTensor tensor) throws IOException {
        List<GgufTensor> rest = without(tensors, tensor);
        if (UNUSED.contains(tensor.name())) {
            assertThat(logits(pairs, rest)).isEqualTo(logits);
        } else if (tensor.name().matches(".*\\.(attn_v|layer_output_scale)\\.weight")) {
            assertThat(logits(pairs, rest)).isNotEqualTo(logits);
        } else {
            refused(pairs, rest, "'" + tensor.name() + "'");
        }
    }

    /** A tensor that no part of the loader asks for is refused, so this file has none. */
    @Test
    void aTensorThatNobodyReadsIsRefused() {
        List<GgufTensor> more = new ArrayList<>(tensors);
        GgufTensor norm = tensors.stream().filter(tensor -> tensor.name().equals("output_norm.weight")).findFirst()
                .orElseThrow();
        more.add(new GgufTensor("blk.0.inp_gates.weight", norm.type(), norm.ne(), norm.data()));
        refused(pairs, more, "wrong number of tensors; expected 211, got 210");
    }

    /** llama.cpp logs what it asks for. The last tensor is missing, so that the refusal carries the log. */
    @Test
    void theLoaderAsksForNothingElse() throws IOException {
        Set<String> own = new TreeSet<>(tensors.stream().map(tensor -> kind(tensor.name())).toList());
        List<GgufTensor> rest = tensors.stream().filter(tensor -> !tensor.name().equals("blk.11.post_norm.weight"))
                .toList();
        String log = "";
        try {
            logits(pairs, rest);
        } catch (LlamaException refusal) {
            log = String.valueOf(refusal.getMessage());
        }
        Set<String> asked = new TreeSet<>(ASKED.matcher(log).results().map((MatchResult found) -> kind(found.group(1)))
                .toList());
        if (asked.isEmpty()) {
            throw new TestAbortedException("NOT EVALUATED: this llama.cpp does not log the tensors that it asks for");
        }
        Set<String> known = new TreeSet<>(own);
        known.addAll(OF_OTHERS);
        assertThat(asked).isEqualTo(known);
    }

    /** The name without the number of the block. */
    private static String kind(String name) {
        return name.replaceFirst("^blk\\.\\d+\\.", "blk.");
    }
}
