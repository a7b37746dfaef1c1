package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * One {@code rwkv_ms_hook}: a session's memory inside a llama.cpp context. {@link #callback} and {@link #handle} go into
 * {@code cb_eval} and its user data; then {@link #attach}. Closed after the llama.cpp context, before its session.
 */
public final class NativeHook implements AutoCloseable {
    /** Most token ids that a load gives back; no sequence of llama.cpp is longer. */
    private static final int MAX_TOKENS = 1 << 24;

    private final RwkvMs library;
    private final MemorySegment hook;

    private NativeHook(RwkvMs library, MemorySegment hook) {
        this.library = library;
        this.hook = hook;
    }

    static NativeHook create(RwkvMs library, MemorySegment context) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int status = library.hook().create(context, MemorySegment.NULL, out);
            if (status != Status.OK) {
                throw new NativeException("rwkv_ms_hook_create", status, library.statusName(status),
                        library.contextError(context));
            }
            return new NativeHook(library, out.get(ADDRESS, 0));
        }
    }

    /** {@code cb_eval}. */
    public MemorySegment callback() {
        return library.hook().eval();
    }

    /** {@code cb_eval_user_data}. */
    public MemorySegment handle() {
        return hook;
    }

    /**
     * Keeps a {@code llama_context} in step from now on.
     *
     * @param base the file its model was loaded from; empty only where the sidecar was opened with its base
     */
    public void attach(MemorySegment llamaContext, Optional<Path> base) {
        try (Arena arena = Arena.ofConfined()) {
            check("rwkv_ms_hook_attach", library.hook().attach(hook, llamaContext,
                    base.map(path -> arena.allocateFrom(path.toString())).orElse(MemorySegment.NULL)));
        }
    }

    public void detach() {
        check("rwkv_ms_hook_detach", library.hook().detach(hook));
    }

    /**
     * Passes where no decode was stopped.
     *
     * @throws NativeException with the fault that stopped one
     */
    public void check() {
        check("rwkv_ms_hook_check", library.hook().check(hook));
    }

    /** What was read and injected in one layer since {@link #attach}, in rows. */
    public record Counts(long ubatches, long tokens, long q, long k, long v, long o) {
    }

    public Counts counts(int layer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment counts = arena.allocate(Layouts.HOOK_COUNTS);
            check("rwkv_ms_hook_counters", library.hook().counters(hook, layer, counts));
            return new Counts(count(counts, "ubatches"), count(counts, "tokens"), count(counts, "injected_q"),
                    count(counts, "injected_k"), count(counts, "injected_v"), count(counts, "injected_o"));
        }
    }

    private static long count(MemorySegment counts, String field) {
        return Layouts.getLong(counts, Layouts.HOOK_COUNTS, field);
    }

    /** Records up to {@code tokens} of the next tokens; 0 stops. */
    public void capture(long tokens) {
        check("rwkv_ms_hook_capture", library.hook().capture(hook, tokens));
    }

    /** What was recorded of a layer, [tokens, width]: {@code hidden}, {@code delta_q}, {@code before_q}, {@code after_q}, … */
    public Tensor captured(int layer, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment label = arena.allocateFrom(name);
            MemorySegment tokens = arena.allocate(JAVA_LONG);
            MemorySegment width = arena.allocate(JAVA_LONG);
            String function = "rwkv_ms_hook_captured(" + name + ")";
            check(function, library.hook().captured(hook, layer, label, MemorySegment.NULL, 0, tokens, width));
            Shape shape = Shape.of(tokens.get(JAVA_LONG, 0), width.get(JAVA_LONG, 0));
            GuardedBuffer data = new GuardedBuffer(arena, name, (long) shape.count() * Float.BYTES);
            check(function, library.hook().captured(hook, layer, label, data.segment(), data.floats(), tokens, width));
            data.checkGuards();
            return Native.floats(shape, data);
        }
    }

    /** The session (docs/state-format.md): this state, llama.cpp's and token ids of the caller's choice. */
    public byte[] save(int... tokens) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            check("rwkv_ms_session_size", library.hook().sessionSize(hook, tokens.length, size));
            GuardedBuffer data = new GuardedBuffer(arena, "session", size.get(JAVA_LONG, 0));
            check("rwkv_ms_session_save", library.hook().sessionSave(hook, ids(arena, tokens), tokens.length,
                    data.segment(), data.segment().byteSize(), size));
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
            check("rwkv_ms_session_load", library.hook().sessionLoad(hook, arena.allocateFrom(JAVA_BYTE, session),
                    session.length, tokens, capacity, count));
            return ids(tokens, count);
        }
    }

    /** {@link #save} into a file, which is replaced whole or not at all. */
    public void saveFile(Path file, int... tokens) {
        try (Arena arena = Arena.ofConfined()) {
            check("rwkv_ms_session_save_file", library.hook().sessionSaveFile(hook,
                    arena.allocateFrom(file.toString()), ids(arena, tokens), tokens.length));
        }
    }

    /** {@link #load} from a file of at most {@code maxTokens} tokens. */
    public int[] loadFile(Path file, int maxTokens) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tokens = arena.allocate(JAVA_INT, maxTokens);
            MemorySegment count = arena.allocate(JAVA_LONG);
            check("rwkv_ms_session_load_file", library.hook().sessionLoadFile(hook,
                    arena.allocateFrom(file.toString()), tokens, maxTokens, count));
            return ids(tokens, count);
        }
    }

    private static MemorySegment ids(Arena arena, int... tokens) {
        return tokens.length == 0 ? MemorySegment.NULL : arena.allocateFrom(JAVA_INT, tokens);
    }

    private static int[] ids(MemorySegment tokens, MemorySegment count) {
        return tokens.asSlice(0, count.get(JAVA_LONG, 0) * Integer.BYTES).toArray(JAVA_INT);
    }

    private void check(String function, int status) {
        if (status != Status.OK) {
            throw new NativeException(function, status, library.statusName(status), library.hook().error(hook));
        }
    }

    @Override
    public void close() {
        library.hook().destroy(hook);
    }
}
