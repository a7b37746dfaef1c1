package rwkvms.llama;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import rwkvms.gguf.GgmlType;

/**
 * Sizes of a Gemma4 (llama-cpp.md, "A tiny Gemma4 that loads").
 *
 * @param hidden      H, {@code embedding_length}
 * @param feedForward width of the feed-forward layers
 * @param heads       query heads
 * @param keyHeads    key and value heads; {@code heads} is a multiple
 * @param fullHead    head width of full attention
 * @param slidingHead head width of sliding attention
 * @param window      tokens that sliding attention sees
 * @param vocabulary  number of tokens
 * @param sliding     per layer whether its attention slides
 * @param sharedTail  layers at the end that use the keys and values of earlier ones: a sliding layer and then a full
 *                    layer must precede them
 * @param type        of the matrices, F32, BF16 or Q8_0, whose rows are whole blocks; norms are F32
 * @param features    what E4B has besides
 */
public record Gemma4Sizes(int hidden, int feedForward, int heads, int keyHeads, int fullHead, int slidingHead,
        int window, int vocabulary, List<Boolean> sliding, int sharedTail, GgmlType type, Features features) {

    private static final Set<GgmlType> TYPES = Set.of(GgmlType.F32, GgmlType.BF16, GgmlType.Q8_0);

    /**
     * What the small bases of the family have besides attention and feed-forward layers; a file without it says nothing
     * of it.
     *
     * @param perLayer    width of the input embeddings that each layer has of its own; 0: none
     * @param softcap     logits stay between minus this and this; 0: they are not bent
     * @param layerScales whether the output of each layer is scaled
     * @param fullBase    of the frequencies of rotation in full layers; 0: llama.cpp's default
     * @param slidingBase of those in sliding layers
     * @param turned      the share of a full layer's head that rotates
     */
    public record Features(int perLayer, float softcap, boolean layerScales, float fullBase, float slidingBase,
            double turned) {
        public static final Features NONE = new Features(0, 0, false, 0, 0, 1);
        /** Those of the published E4B. */
        public static final Features E4B = new Features(256, 30, true, 1e6f, 1e4f, 0.25);
    }

    public Gemma4Sizes {
        sliding = List.copyOf(sliding);
        require(heads % keyHeads == 0, "heads", "a multiple of " + keyHeads, heads);
        require(fullHead % 2 == 0 && slidingHead % 2 == 0, "head widths", "even ones", fullHead + ", " + slidingHead);
        require(TYPES.contains(type), "type", "F32, BF16 or Q8_0", type);
        int block = type.blockElements();
        require(IntStream.of(hidden, feedForward, heads * slidingHead, heads * fullHead, features.perLayer)
                .allMatch(row -> row % block == 0), "rows", "multiples of " + block + ", for " + type,
                hidden + ", "
                        + feedForward + ", " + heads * slidingHead + ", " + heads * fullHead + ", "
                        + features.perLayer);
        int owners = sliding.size() - sharedTail;
        require(sharedTail == 0 || (owners >= 2 && sliding.get(owners - 2) && !sliding.get(owners - 1)), "sharedTail",
                "a sliding and then a full layer before it", sharedTail);
    }

    /** Sizes without {@link Features}. */
    public Gemma4Sizes(int hidden, int feedForward, int heads, int keyHeads, int fullHead, int slidingHead, int window,
            int vocabulary, List<Boolean> sliding, int sharedTail, GgmlType type) {
        this(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, vocabulary, sliding, sharedTail, type,
                Features.NONE);
    }

    private static void require(boolean holds, String field, String expected, Object found) {
        if (!holds) {
            throw new IllegalArgumentException("Gemma4 " + field + ": expected " + expected + ", found " + found);
        }
    }

    /** The sizes of most live tests: six layers, the third and sixth with full attention, none with shared keys. */
    public static Gemma4Sizes tiny() {
        return new Gemma4Sizes(64, 96, 4, 2, 32, 16, 32, 64, List.of(true, true, false, true, true, false), 0,
                GgmlType.F32);
    }

    /** {@link #tiny} with a vocabulary for reading and writing text. */
    public static Gemma4Sizes speaking() {
        return tiny().withWords();
    }

    /**
     * The hidden size, heads and feed-forward width of E4B with six layers and a small vocabulary, for measurements
     * with real sidecar shapes. The file has more than a gigabyte.
     */
    public static Gemma4Sizes measured() {
        return new Gemma4Sizes(2560, 10_240, 8, 2, 512, 256, 512, 1024, List.of(true, true, true, true, true, false), 0,
                GgmlType.BF16);
    }

    /** The published E4B. */
    public static Gemma4Sizes e4b() {
        return new Gemma4Sizes(2560, 10_240, 8, 2, 512, 256, 512, 262_144, fiveToOne(42), 18, GgmlType.BF16,
                Features.E4B);
    }

    /**
     * E4B in miniature: each of its parts, in twelve layers, of which the last six use the keys of earlier ones. Every
     * matrix has rows of whole blocks of 256, so that all of them take every quantised type.
     */
    public static Gemma4Sizes miniature() {
        return new Gemma4Sizes(256, 256, 8, 2, 64, 32, 32, tiny().vocabulary, fiveToOne(12), 6, GgmlType.F32,
                Features.E4B);
    }

    /** Five sliding layers and a full one, and so on. */
    private static List<Boolean> fiveToOne(int layers) {
        return IntStream.rangeClosed(1, layers).mapToObj(layer -> layer % 6 != 0).toList();
    }

    /** The same with the smallest vocabulary for reading and writing text. */
    public Gemma4Sizes withWords() {
        return withVocabulary(TinyVocabulary.SIZE);
    }

    public Gemma4Sizes withVocabulary(int tokens) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, tokens, sliding,
                sharedTail, type, features);
    }

    public Gemma4Sizes withType(GgmlType other) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, vocabulary, sliding,
                sharedTail, other, features);
    }

    public Gemma4Sizes withSharedTail(int layers) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, vocabulary, sliding,
                layers, type, features);
    }

    /** Another number of layers, of which each sixth has full attention. */
    public Gemma4Sizes withLayers(int layers) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, vocabulary,
                fiveToOne(layers), sharedTail, type, features);
    }

    public Gemma4Sizes withWindow(int tokens) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, tokens, vocabulary, sliding,
                sharedTail, type, features);
    }

    public int layers() {
        return sliding.size();
    }

    /** The layers that have keys and values of their own, which a sidecar may wrap. */
    public List<Integer> ownKeyLayers() {
        return IntStream.range(0, layers() - sharedTail).boxed().toList();
    }

    int head(int layer) {
        return sliding.get(layer) ? slidingHead : fullHead;
    }

    /** The outputs of a layer's q projection. */
    public int queryWidth(int layer) {
        return heads * head(layer);
    }

    /** The outputs of a layer's k projection, which are as many as those of its v projection. */
    public int keyWidth(int layer) {
        return keyHeads * head(layer);
    }
}
