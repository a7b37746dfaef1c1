package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

import rwkvms.ggml.Libraries;
import rwkvms.nativeruntime.NativeFunction;

/** The tokens of a model as text, by llama.cpp's tokenizer. Any thread may use it while its model is open. */
public final class Vocabulary {
    /** {@code LLAMA_VOCAB_TYPE_NONE}: llama.cpp aborts if such a model is asked for text. */
    private static final int NO_TOKENIZER = 0;
    /** The maximum bytes of a text: no context takes as many tokens, and the tokenizer needs a hundred times the memory. */
    public static final int MAX_TEXT = 1 << 24;
    /** How many tokens a tokenizer may add to a text: at its beginning and end, and for a blank before it. */
    private static final int ADDED = 8;
    private static final int USUAL_PIECE = 64;

    private final MemorySegment handle;
    private final int size;
    private final NativeFunction tokenize;
    private final NativeFunction piece;
    private final NativeFunction isEnd;
    private final NativeFunction isControl;
    private final boolean addsBeginning;
    private final int beginning;

    Vocabulary(Llama llama, LlamaModel model) {
        this.handle = Libraries.callPointer(llama.pointer("llama_model_get_vocab", ADDRESS), model.handle());
        this.size = model.vocabulary();
        if ((int) Libraries.call(llama.integer("llama_vocab_type", ADDRESS), handle) == NO_TOKENIZER) {
            throw new LlamaException(model.file() + ": expected a model with a tokenizer, found one without");
        }
        this.tokenize = llama.integer("llama_tokenize", ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_BOOLEAN,
                JAVA_BOOLEAN);
        this.piece = llama.integer("llama_token_to_piece", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT,
                JAVA_BOOLEAN);
        this.isEnd = yesOrNo(llama, "llama_vocab_is_eog", ADDRESS, JAVA_INT);
        this.isControl = yesOrNo(llama, "llama_vocab_is_control", ADDRESS, JAVA_INT);
        this.addsBeginning = (boolean) Libraries.call(yesOrNo(llama, "llama_vocab_get_add_bos", ADDRESS), handle);
        this.beginning = (int) Libraries.call(llama.integer("llama_vocab_bos", ADDRESS), handle);
    }

    private static NativeFunction yesOrNo(Llama llama, String function, ValueLayout... arguments) {
        return llama.function(function, FunctionDescriptor.of(JAVA_BOOLEAN, arguments));
    }

    public int size() {
        return size;
    }

    /** The token with which every sequence begins; empty if the model has none. */
    public OptionalInt beginning() {
        return addsBeginning && beginning >= 0 ? OptionalInt.of(beginning) : OptionalInt.empty();
    }

    /**
     * The tokens of a text, without a beginning.
     *
     * @param controls whether {@code <eos>} in the text is that token rather than five characters
     */
    public int[] tokens(String text, boolean controls) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_TEXT) {
            throw new IllegalArgumentException("text: expected at most " + MAX_TEXT + " bytes, found " + bytes.length);
        }
        try (Arena arena = Arena.ofConfined()) {
            int room = bytes.length + ADDED;
            MemorySegment tokens = arena.allocate(JAVA_INT, room);
            int count = (int) Libraries.call(tokenize, handle, arena.allocateFrom(JAVA_BYTE, bytes), bytes.length,
                    tokens, room, false, controls);
            if (count < 0) {
                throw new LlamaException("llama_tokenize of " + bytes.length + " bytes: expected at most " + room
                        + " tokens, found " + -(long) count);
            }
            return tokens.asSlice(0, (long) count * Integer.BYTES).toArray(JAVA_INT);
        }
    }

    /** The control token of that name; empty if the vocabulary has none. */
    public OptionalInt control(String name) {
        int[] tokens = tokens(name, true);
        return tokens.length == 1 && (boolean) Libraries.call(isControl, handle, tokens[0])
                ? OptionalInt.of(tokens[0])
                : OptionalInt.empty();
    }

    /** The bytes of a token's text, which may be a part of a character; none for a control token. */
    public byte[] piece(int token) {
        return piece(token, false);
    }

    /** The bytes of a token's text; for a control token those of its name. */
    public byte[] name(int token) {
        return piece(token, true);
    }

    private byte[] piece(int token, boolean controls) {
        checked(token);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(USUAL_PIECE);
            int count = write(token, buffer, controls);
            if (count < 0) {
                buffer = arena.allocate(-count);
                count = write(token, buffer, controls);
            }
            return buffer.asSlice(0, Math.max(0, count)).toArray(JAVA_BYTE);
        }
    }

    private int write(int token, MemorySegment buffer, boolean controls) {
        return (int) Libraries.call(piece, handle, token, buffer, (int) buffer.byteSize(), 0, controls);
    }

    /** Whether a token ends a text or a turn. */
    public boolean isEnd(int token) {
        return (boolean) Libraries.call(isEnd, handle, checked(token));
    }

    private int checked(int token) {
        if (token < 0 || token >= size) {
            throw new IllegalArgumentException("token: expected 0 to " + (size - 1) + ", found " + token);
        }
        return token;
    }
}
