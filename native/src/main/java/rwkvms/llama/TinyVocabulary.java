package rwkvms.llama;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import rwkvms.gguf.GgufArray;
import rwkvms.gguf.GgufPair;
import rwkvms.gguf.GgufType;
import rwkvms.gguf.GgufValue;

/**
 * The tokens of a {@link TinyGemma4} that reads and writes text, in the order of their ids: control tokens, the 256
 * bytes, line feed and blank, printable ASCII, and pairs that merge. As in a real Gemma4, every text has tokens, if
 * need be those of its bytes.
 */
final class TinyVocabulary {
    /** {@code tokenizer.ggml.token_type} of each kind. */
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private static final List<String> CONTROLS = List.of("<pad>", "<eos>", "<bos>", "<unk>", "<|turn>", "<turn|>");
    private static final int PAD = 0;
    private static final int EOS = 1;
    private static final int BOS = 2;
    private static final int UNKNOWN = 3;
    private static final int END_OF_TURN = 5;
    private static final int BYTES = 256;
    /** The character for a blank in a token. */
    private static final String BLANK = "\u2581";
    private static final char FIRST_PRINTED = '!';
    private static final char LAST_PRINTED = '~';
    /** Frequent pairs of English letters; pairs that others build on come first. */
    private static final List<String> MERGES = List.of("t h", "h e", "i n", "e r", "a n", "r e", "o n", "a t", "e n",
            "n d", "t i", "e s", "o r", "t e", "o f", "e d", "i s", "i t", "a l", "a r", "s t", "t o", "n t", "l e",
            BLANK + " t", BLANK + " a", BLANK + " o", BLANK + " s", BLANK + " w", "in g", "th e", "an d", "er e",
            "en t", BLANK + "t he", BLANK + "a nd", BLANK + "o f", BLANK + "t o");

    /** Control tokens, bytes, line feed and blank. */
    private static final int QUIET = CONTROLS.size() + BYTES + 2;
    static final int SIZE = QUIET + LAST_PRINTED - FIRST_PRINTED + 1 + MERGES.size();

    private TinyVocabulary() {
    }

    /** Whether a generated text should hardly contain the token. */
    static boolean isQuiet(long token) {
        return token < QUIET || token >= SIZE;
    }

    /** The keys of a vocabulary of that size; tokens that no text has fill it up. */
    static List<GgufPair> pairs(int size) {
        List<GgufValue> tokens = new ArrayList<>();
        List<GgufValue> types = new ArrayList<>();
        CONTROLS.forEach(token -> add(tokens, types, token, CONTROL));
        for (int value = 0; value < BYTES; value++) {
            add(tokens, types, String.format(Locale.ROOT, "<0x%02X>", value), BYTE);
        }
        add(tokens, types, "\n", NORMAL);
        add(tokens, types, BLANK, NORMAL);
        for (char printed = FIRST_PRINTED; printed <= LAST_PRINTED; printed++) {
            add(tokens, types, String.valueOf(printed), NORMAL);
        }
        MERGES.forEach(pair -> add(tokens, types, pair.replace(" ", ""), NORMAL));
        for (int unused = 0; tokens.size() < size; unused++) {
            add(tokens, types, "<unused" + unused + ">", UNUSED);
        }
        return List.of(pair("model", GgufValue.text("gemma4")), pair("tokens", GgufArray.of(GgufType.STRING, tokens)),
                pair("token_type", GgufArray.of(GgufType.INT32, types)),
                pair("merges", GgufArray.of(GgufType.STRING, MERGES.stream().map(GgufValue::text).toList())),
                pair("bos_token_id", GgufValue.u32(BOS)), pair("eos_token_id", GgufValue.u32(EOS)),
                pair("eot_token_id", GgufValue.u32(END_OF_TURN)),
                pair("unknown_token_id", GgufValue.u32(UNKNOWN)), pair("padding_token_id", GgufValue.u32(PAD)),
                pair("add_bos_token", new GgufValue.Bool(true)));
    }

    private static GgufPair pair(String key, GgufValue value) {
        return new GgufPair("tokenizer.ggml." + key, value);
    }

    private static void add(List<GgufValue> tokens, List<GgufValue> types, String token, int type) {
        tokens.add(GgufValue.text(token));
        types.add(new GgufValue.Int(GgufType.INT32, type));
    }
}
