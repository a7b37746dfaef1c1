package rwkvms.llama;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import rwkvms.file.ByteProgress;
import rwkvms.gguf.GgmlType;
import rwkvms.gguf.GgufArray;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;
import rwkvms.gguf.GgufWriter;

/**
 * Writes a Gemma4 with weights from a seed, which an unmodified llama.cpp loads: a small one is the base model of all
 * live tests. The same sizes and seed give the same bytes on every machine.
 *
 * <p>Weights are uniform with a standard deviation of 1/√inputs, and norm weights are within 10 % of 1, so that hidden
 * states stay near 1 and no layer dominates another.
 */
public final class TinyGemma4 {
    private static final String ARCHITECTURE = "gemma4";
    private static final int CONTEXT_LENGTH = 16_384;
    private static final float NORM_EPS = 1e-6f;
    private static final double NORM_SPREAD = 0.1;
    /** A uniform value of deviation 1 lies within ±√3. */
    private static final double UNIFORM_RANGE = Math.sqrt(3);
    /** The scale of the embeddings of tokens that should hardly be generated: it makes their logits smaller. */
    private static final float QUIET = 0.125f;
    /** As the published bases have it for pairs that do not turn. */
    private static final float STILL = 1e30f;

    private final Gemma4Sizes sizes;
    private final SplittableRandom random;
    private final boolean speaks;
    private final ByteProgress progress;
    private final List<DrawnTensor> tensors = new ArrayList<>();
    private long done;

    private TinyGemma4(Gemma4Sizes sizes, long seed, boolean speaks, ByteProgress progress) {
        this.sizes = sizes;
        this.speaks = speaks;
        this.random = new SplittableRandom(seed);
        this.progress = progress;
        plan();
    }

    /** Writes a model without a tokenizer, and replaces a file of that name. */
    public static void write(Path file, Gemma4Sizes sizes, long seed) throws IOException {
        write(file, sizes, seed, false, ByteProgress.NONE);
    }

    /**
     * Writes a model with a tokenizer, of {@link Gemma4Sizes#speaking} or more tokens: it reads text, and writes
     * letters without sense.
     */
    public static void writeSpeaking(Path file, Gemma4Sizes sizes, long seed) throws IOException {
        writeSpeaking(file, sizes, seed, ByteProgress.NONE);
    }

    /** The same, for models that take a while. */
    public static void writeSpeaking(Path file, Gemma4Sizes sizes, long seed, ByteProgress progress)
            throws IOException {
        if (sizes.vocabulary() < TinyVocabulary.SIZE) {
            throw new IllegalArgumentException("vocabulary of a model that speaks: expected at least "
                    + TinyVocabulary.SIZE + ", found " + sizes.vocabulary());
        }
        write(file, sizes, seed, true, progress);
    }

    private static void write(Path file, Gemma4Sizes sizes, long seed, boolean speaks, ByteProgress progress)
            throws IOException {
        TinyGemma4 model = new TinyGemma4(sizes, seed, speaks, progress);
        GgufWriter.write(file, model.pairs(), model.tensors, true);
    }

    /** Bytes of all tensors of a model; its file is a little larger. */
    public static long byteSize(Gemma4Sizes sizes) {
        return new TinyGemma4(sizes, 0, false, ByteProgress.NONE).byteSize();
    }

    private List<GgufPair> pairs() {
        Gemma4Sizes.Features features = sizes.features();
        List<GgufPair> pairs = new ArrayList<>();
        pairs.add(new GgufPair("general.architecture", GgufValue.text(ARCHITECTURE)));
        pairs.add(new GgufPair("general.alignment", GgufValue.u32(GgufWriter.ALIGNMENT)));
        add(pairs, "context_length", CONTEXT_LENGTH);
        add(pairs, "vocab_size", sizes.vocabulary());
        add(pairs, "embedding_length", sizes.hidden());
        add(pairs, "embedding_length_per_layer_input", features.perLayer());
        add(pairs, "block_count", sizes.layers());
        add(pairs, "feed_forward_length", sizes.feedForward());
        add(pairs, "attention.head_count", sizes.heads());
        add(pairs, "attention.head_count_kv", sizes.keyHeads());
        add(pairs, "attention.key_length", sizes.fullHead());
        add(pairs, "attention.value_length", sizes.fullHead());
        add(pairs, "attention.key_length_swa", sizes.slidingHead());
        add(pairs, "attention.value_length_swa", sizes.slidingHead());
        add(pairs, "attention.sliding_window", sizes.window());
        add(pairs, "attention.shared_kv_layers", sizes.sharedTail());
        add(pairs, "rope.dimension_count", sizes.fullHead());
        add(pairs, "rope.dimension_count_swa", sizes.slidingHead());
        add(pairs, "attention.layer_norm_rms_epsilon", GgufValue.f32(NORM_EPS));
        add(pairs, "attention.sliding_window_pattern",
                GgufArray.of(GgufType.BOOL, sizes.sliding().stream().map(GgufValue.Bool::new).toList()));
        addUnlessZero(pairs, "final_logit_softcapping", features.softcap());
        addUnlessZero(pairs, "rope.freq_base", features.fullBase());
        addUnlessZero(pairs, "rope.freq_base_swa", features.slidingBase());
        if (speaks) {
            pairs.addAll(TinyVocabulary.pairs(sizes.vocabulary()));
        } else {
            pairs.add(new GgufPair("tokenizer.ggml.model", GgufValue.text("none")));
        }
        return pairs;
    }

    private static void addUnlessZero(List<GgufPair> pairs, String key, float value) {
        if (value != 0) {
            add(pairs, key, GgufValue.f32(value));
        }
    }

    private static void add(List<GgufPair> pairs, String key, int value) {
        add(pairs, key, GgufValue.u32(value));
    }

    private static void add(List<GgufPair> pairs, String key, GgufValue value) {
        pairs.add(new GgufPair(ARCHITECTURE + "." + key, value));
    }

    /** The tensors of a model in the order of its file, and their types. */
    static SequencedMap<String, GgmlType> tensors(Gemma4Sizes sizes) {
        SequencedMap<String, GgmlType> types = new LinkedHashMap<>();
        new TinyGemma4(sizes, 0, false, ByteProgress.NONE).tensors.forEach(each -> types.put(each.name(), each.type()));
        return types;
    }

    private void plan() {
        int h = sizes.hidden();
        embeddings(h, sizes.vocabulary());
        norm("output_norm", h);
        frequencyFactors(sizes.fullHead() / 2);
        int own = sizes.features().perLayer();
        if (own > 0) {
            int all = own * sizes.layers();
            matrix("per_layer_token_embd", sizes.type(), own, all, sizes.vocabulary());
            // llama.cpp quantises all matrices but this one.
            matrix("per_layer_model_proj", sizes.type() == GgmlType.Q8_0 ? GgmlType.BF16 : sizes.type(), h, h, all);
            norm("per_layer_proj_norm", own);
        }
        for (int layer = 0; layer < sizes.layers(); layer++) {
            String block = "blk." + layer + ".";
            int q = sizes.queryWidth(layer);
            norm(block + "attn_norm", h);
            matrix(block + "attn_q", h, q);
            matrix(block + "attn_k", h, sizes.keyWidth(layer));
            matrix(block + "attn_v", h, sizes.keyWidth(layer));
            matrix(block + "attn_output", q, h);
            norm(block + "attn_q_norm", sizes.head(layer));
            norm(block + "attn_k_norm", sizes.head(layer));
            norm(block + "post_attention_norm", h);
            norm(block + "ffn_norm", h);
            matrix(block + "ffn_gate", h, sizes.feedForward());
            matrix(block + "ffn_up", h, sizes.feedForward());
            matrix(block + "ffn_down", sizes.feedForward(), h);
            norm(block + "post_ffw_norm", h);
            if (own > 0) {
                matrix(block + "inp_gate", h, own);
                matrix(block + "proj", own, h);
                norm(block + "post_norm", h);
            }
            if (sizes.features().layerScales()) {
                norm(block + "layer_output_scale", 1);
            }
        }
    }

    /** What the frequencies of a full head are divided by: 1, and a number so large that the last pairs do not turn. */
    private void frequencyFactors(int pairs) {
        long turning = Math.round(pairs * sizes.features().turned());
        add("rope_freqs", GgmlType.F32, 1, 0, i -> i < turning ? 1 : STILL, pairs);
    }

    private void norm(String name, int width) {
        add(name, GgmlType.F32, 1, NORM_SPREAD, DrawnTensor.Factor.ONE, width);
    }

    private void matrix(String name, int inputs, int outputs) {
        matrix(name, sizes.type(), inputs, inputs, outputs);
    }

    /** A matrix of a deviation of 1/√{@code of}. */
    private void matrix(String name, GgmlType type, int of, int inputs, int outputs) {
        add(name, type, 0, UNIFORM_RANGE / Math.sqrt(of), DrawnTensor.Factor.ONE, inputs, outputs);
    }

    /** The embeddings, which are the weights of the logits too: they say which tokens are hardly generated. */
    private void embeddings(int inputs, int tokens) {
        add("token_embd", sizes.type(), 0, UNIFORM_RANGE / Math.sqrt(inputs),
                i -> speaks && TinyVocabulary.isQuiet(i / inputs) ? QUIET : 1, inputs, tokens);
    }

    private void add(String name, GgmlType type, double centre, double range, DrawnTensor.Factor factor, long... ne) {
        tensors.add(new DrawnTensor(name + ".weight", type, LongStream.of(ne).boxed().toList(), centre, range, factor,
                random, this::written));
    }

    private void written(long bytes) {
        done += bytes;
        progress.at(done, byteSize());
    }

    private long byteSize() {
        return tensors.stream().mapToLong(DrawnTensor::byteSize).sum();
    }
}
