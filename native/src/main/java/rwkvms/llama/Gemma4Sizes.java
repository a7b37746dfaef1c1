package rwkvms.llama;

import java.util.List;
import java.util.stream.IntStream;

import rwkvms.gguf.GgmlType;

/**
 * Sizes of a small Gemma4 (llama-cpp.md, "A tiny Gemma4 that loads").
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
 * @param type        of the matrices, F32 or BF16; norms are F32
 */
public record Gemma4Sizes(int hidden, int feedForward, int heads, int keyHeads, int fullHead, int slidingHead,
        int window, int vocabulary, List<Boolean> sliding, int sharedTail, GgmlType type) {

    public Gemma4Sizes {
        sliding = List.copyOf(sliding);
        require(heads % keyHeads == 0, "heads", "a multiple of " + keyHeads, heads);
        require(fullHead % 2 == 0 && slidingHead % 2 == 0, "head widths", "even ones", fullHead + ", " + slidingHead);
        require(type == GgmlType.F32 || type == GgmlType.BF16, "type", "F32 or BF16", type);
        int owners = sliding.size() - sharedTail;
        require(sharedTail == 0 || (owners >= 2 && sliding.get(owners - 2) && !sliding.get(owners - 1)), "sharedTail",
                "a sliding and then a full layer before it", sharedTail);
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
        Gemma4Sizes tiny = tiny();
        return new Gemma4Sizes(tiny.hidden, tiny.feedForward, tiny.heads, tiny.keyHeads, tiny.fullHead,
                tiny.slidingHead, tiny.window, TinyVocabulary.SIZE, tiny.sliding, tiny.sharedTail, tiny.type);
    }

    /**
     * The hidden size, heads and feed-forward width of E4B with six layers and a small vocabulary, for measurements
     * with real sidecar shapes. The file has more than a gigabyte.
     */
    public static Gemma4Sizes measured() {
        return new Gemma4Sizes(2560, 10_240, 8, 2, 512, 256, 512, 1024, List.of(true, true, true, true, true, false), 0,
                GgmlType.BF16);
    }

    public Gemma4Sizes withType(GgmlType other) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, vocabulary, sliding,
                sharedTail, other);
    }

    public Gemma4Sizes withSharedTail(int layers) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, window, vocabulary, sliding,
                layers, type);
    }

    public Gemma4Sizes withWindow(int tokens) {
        return new Gemma4Sizes(hidden, feedForward, heads, keyHeads, fullHead, slidingHead, tokens, vocabulary, sliding,
                sharedTail, type);
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
