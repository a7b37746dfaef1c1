package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.LlamaContext;

/** A context of a library and its hook, for llama.cpp contexts of the tiny model. */
final class HookSubject implements AutoCloseable {
    private static final int SIZE = 256;
    private static final int TOKENS = 3;

    private final HeaderCalls library;
    private final HookHost host;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment context;
    private final MemorySegment hook;
    private final List<LlamaContext> llamas = new ArrayList<>();

    HookSubject(HeaderCalls library, HookHost host) {
        this.library = library;
        this.host = host;
        this.context = library.newContext(host.sidecar());
        MemorySegment out = arena.allocate(ADDRESS);
        library.requireOk("rwkv_ms_hook_create",
                library.status("rwkv_ms_hook_create", context, MemorySegment.NULL, out),
                "rwkv_ms_context_error", context);
        this.hook = out.get(ADDRESS, 0);
    }

    HeaderCalls library() {
        return library;
    }

    MemorySegment sidecar() {
        return host.sidecar();
    }

    MemorySegment context() {
        return context;
    }

    MemorySegment hook() {
        return hook;
    }

    /** A llama.cpp context whose callback gets that user data; it is closed with this subject. */
    LlamaContext llama(MemorySegment userData) {
        return opened(new ContextSettings.Hook(library.address("rwkv_ms_hook_eval"), userData));
    }

    /** A llama.cpp context without a callback. */
    LlamaContext llamaWithoutCallback() {
        return opened(ContextSettings.Hook.NONE);
    }

    private LlamaContext opened(ContextSettings.Hook calling) {
        LlamaContext llama = host.model().newContext(ContextSettings.of(SIZE).withHook(calling));
        llamas.add(llama);
        return llama;
    }

    Call attaching(LlamaContext llama) {
        return Call.of(library, "rwkv_ms_hook_attach", hook, llama.handle(),
                arena.allocateFrom(host.model().file().toString()));
    }

    /** Runs {@value #TOKENS} tokens from that position on. */
    static void decode(LlamaContext llama, int position) {
        int[] tokens = new int[TOKENS];
        for (int i = 0; i < TOKENS; i++) {
            tokens[i] = position + i + 1;
        }
        llama.decode(position, tokens);
    }

    String error() {
        return library.error("rwkv_ms_hook_error", hook);
    }

    @Override
    public void close() {
        library.status("rwkv_ms_hook_detach", hook);
        llamas.forEach(LlamaContext::close);
        library.action("rwkv_ms_hook_destroy", hook);
        library.action("rwkv_ms_context_destroy", context);
        arena.close();
    }
}
