package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * An {@code rwkv_ms_hook}: the memory of a session inside a llama.cpp context. Pass {@link #callback} and
 * {@link #handle} as {@code cb_eval} and its user data, then {@link #attach}. Close it after the llama.cpp context and
 * before its session.
 */
public final class NativeHook implements AutoCloseable {
    /** The maximum number of token ids that a load returns; no sequence of llama.cpp is longer. */
    private static final int MAX_TOKENS = 1 << 24;

    /** The maximum length of the places of a layer in bytes: five nodes in several buffer types, four heads. */
    private static final long MAX_PLACES = 4096;

    /** Before {@code q}, … in the places of a layer: the devices that added the deltas of nodes on a device. */
    public static final String ADDED = "added_";

    /** {@code RWKV_MS_HOOK_PROCESSOR_ADDS}. */
    static final int PROCESSOR_ADDS = 2;

    private final RwkvMs library;
    private final MemorySegment hook;

    private NativeHook(RwkvMs library, MemorySegment hook) {
        this.library = library;
        this.hook = hook;
    }

    static NativeHook create(RwkvMs library, MemorySegment context, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            MemorySegment params = arena.allocate(Layouts.HOOK_PARAMS);
            Layouts.setInt(params, Layouts.HOOK_PARAMS, "flags", flags);
            library.check("rwkv_ms_hook_create", library.status("rwkv_ms_hook_create", context, params, out),
                    NativeSession.ERROR, context);
            return new NativeHook(library, out.get(ADDRESS, 0));
        }
    }

    /** {@code cb_eval}. */
    public MemorySegment callback() {
        return library.hookEval();
    }

    /** {@code cb_eval_user_data}. */
    public MemorySegment handle() {
        return hook;
    }

    /**
     * Keeps a {@code llama_context} in step from now on.
     *
     * @param base the file of the model; empty only if the sidecar was opened with its base
     */
    public void attach(MemorySegment llamaContext, Optional<Path> base) {
        try (Arena arena = Arena.ofConfined()) {
            call("rwkv_ms_hook_attach", llamaContext,
                    base.map(path -> arena.allocateFrom(path.toString())).orElse(MemorySegment.NULL));
        }
    }

    public void detach() {
        call("rwkv_ms_hook_detach");
    }

    /**
     * Requires that no decode was stopped.
     *
     * @throws NativeException with the fault that stopped a decode
     */
    public void check() {
        call("rwkv_ms_hook_check");
    }

    /** The rows that were read and injected in one layer since {@link #attach}. */
    public record Counts(long ubatches, long tokens, long q, long k, long v, long o) {
    }

    public Counts counts(int layer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment counts = arena.allocate(Layouts.HOOK_COUNTS);
            call("rwkv_ms_hook_counters", layer, counts);
            return new Counts(count(counts, "ubatches"), count(counts, "tokens"), count(counts, "injected_q"),
                    count(counts, "injected_k"), count(counts, "injected_v"), count(counts, "injected_o"));
        }
    }

    /**
     * Where the values of a layer's nodes were since {@link #attach}: {@code hidden}, {@code q}, … to the buffer types
     * of ggml, and {@link #ADDED} to the devices of ggml; empty if the library does not tell.
     */
    public Optional<Map<String, Set<String>>> places(int layer) {
        String function = "rwkv_ms_hook_places";
        if (!library.offers(function)) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment needed = arena.allocate(JAVA_LONG);
            GuardedBuffer text = new GuardedBuffer(arena, "places", MAX_PLACES);
            call(function, layer, text.segment(), MAX_PLACES, needed);
            text.checkGuards();
            return Optional.of(Place.of(text.segment().getString(0)));
        }
    }

    private static long count(MemorySegment counts, String field) {
        return Layouts.getLong(counts, Layouts.HOOK_COUNTS, field);
    }

    /** Records up to {@code tokens} of the next tokens; 0 stops. */
    public void capture(long tokens) {
        call("rwkv_ms_hook_capture", tokens);
    }

    /**
     * A recorded tensor of a layer, [tokens, width]: {@code hidden}, {@code delta_q}, {@code before_q},
     * {@code after_q}, …
     */
    public Tensor captured(int layer, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment label = arena.allocateFrom(name);
            MemorySegment tokens = arena.allocate(JAVA_LONG);
            MemorySegment width = arena.allocate(JAVA_LONG);
            String function = "rwkv_ms_hook_captured";
            String call = function + "(" + name + ")";
            check(call, library.status(function, hook, layer, label, MemorySegment.NULL, 0L, tokens, width));
            Shape shape = Shape.of(tokens.get(JAVA_LONG, 0), width.get(JAVA_LONG, 0));
            GuardedBuffer data = new GuardedBuffer(arena, name, (long) shape.count() * Float.BYTES);
            check(call, library.status(function, hook, layer, label, data.segment(), data.floats(), tokens, width));
            data.checkGuards();
            return Native.floats(shape, data);
        }
    }

    /** The session (docs/state-format.md): the state of the memory, that of llama.cpp, and any token ids. */
    public byte[] save(int... tokens) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            call("rwkv_ms_session_size", (long) tokens.length, size);
            GuardedBuffer data = new GuardedBuffer(arena, "session", size.get(JAVA_LONG, 0));
            call("rwkv_ms_session_save", ids(arena, tokens), (long) tokens.length, data.segment(),
                    data.segment().byteSize(), size);
            data.checkGuards();
            return data.toBytes();
        }
    }

    /**
     * Replaces both states, or refuses and changes neither.
     *
     * @return the token ids that were saved
     */
    public int[] load(byte[] session) {
        try (Arena arena = Arena.ofConfined()) {
            int capacity = Math.min(MAX_TOKENS, session.length / Integer.BYTES);
            MemorySegment tokens = arena.allocate(JAVA_INT, capacity);
            MemorySegment count = arena.allocate(JAVA_LONG);
            call("rwkv_ms_session_load", arena.allocateFrom(JAVA_BYTE, session), (long) session.length, tokens,
                    (long) capacity, count);
            return ids(tokens, count);
        }
    }

    /** {@link #save} into a file, which is replaced whole or not at all. */
    public void saveFile(Path file, int... tokens) {
        try (Arena arena = Arena.ofConfined()) {
            call("rwkv_ms_session_save_file", arena.allocateFrom(file.toString()), ids(arena, tokens),
                    (long) tokens.length);
        }
    }

    /** {@link #load} from a file of at most {@code maxTokens} tokens. */
    public int[] loadFile(Path file, int maxTokens) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tokens = arena.allocate(JAVA_INT, maxTokens);
            MemorySegment count = arena.allocate(JAVA_LONG);
            call("rwkv_ms_session_load_file", arena.allocateFrom(file.toString()), tokens, (long) maxTokens, count);
            return ids(tokens, count);
        }
    }

    private static MemorySegment ids(Arena arena, int... tokens) {
        return tokens.length == 0 ? MemorySegment.NULL : arena.allocateFrom(JAVA_INT, tokens);
    }

    private static int[] ids(MemorySegment tokens, MemorySegment count) {
        return tokens.asSlice(0, count.get(JAVA_LONG, 0) * Integer.BYTES).toArray(JAVA_INT);
    }

    private void call(String function, Object... arguments) {
        check(function, library.status(function, hook, arguments));
    }

    private void check(String call, int status) {
        library.check(call, status, "rwkv_ms_hook_error", hook);
    }

    @Override
    public void close() {
        library.destroy("rwkv_ms_hook_destroy", hook);
    }
}
