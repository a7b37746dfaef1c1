package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import rwkvms.ggml.Ggml;
import rwkvms.llama.Gemma4Sizes;
import rwkvms.llama.Llama;
import rwkvms.llama.LlamaModel;
import rwkvms.llama.TinyGemma4;
import rwkvms.llama.TinySidecar;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.sidecar.SidecarWriter;

/**
 * A tiny model in this suite's llama.cpp, and its sidecar in a library with a hook. Both stay open until the process
 * ends.
 */
final class HookHost {
    private static final List<Integer> LAYERS = List.of(0, 2, 5);
    private static final int SEED = 3;

    private final MemorySegment sidecar;
    private final LlamaModel model;

    private HookHost(MemorySegment sidecar, LlamaModel model) {
        this.sidecar = sidecar;
        this.model = model;
    }

    /** Opens both. Before llama.cpp is loaded, the library must show that it supports a hook. */
    static HookHost open(HeaderCalls library, MemorySegment runtime, Path work)
            throws IOException, NotEvaluatedException {
        Path base = work.resolve("tiny.gguf");
        TinyGemma4.write(base, Gemma4Sizes.tiny(), SEED);
        Path file = work.resolve("tiny-sidecar.gguf");
        SidecarWriter.write(file, TinySidecar.of(base, Gemma4Sizes.tiny(), LAYERS).draft(SEED), true);
        MemorySegment sidecar = library.open(runtime, file, "");
        requireHook(library, sidecar);
        return new HookHost(sidecar, model(base));
    }

    private static LlamaModel model(Path base) throws NotEvaluatedException {
        try {
            return Llama.open(Ggml.open()).load(base);
        } catch (RuntimeException e) {
            throw new NotEvaluatedException("this suite's llama.cpp does not load a model here: " + e.getMessage());
        }
    }

    private static void requireHook(HeaderCalls library, MemorySegment sidecar) throws NotEvaluatedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            int created = library.status("rwkv_ms_context_create", sidecar, Subject.contextParams(arena, 1, -1), out);
            requireSupported("rwkv_ms_context_create", created, library.error("rwkv_ms_sidecar_error", sidecar));
            MemorySegment context = out.get(ADDRESS, 0);
            int hooked = library.status("rwkv_ms_hook_create", context, MemorySegment.NULL, out);
            String text = library.error("rwkv_ms_context_error", context);
            if (hooked == HeaderStatus.OK.code()) {
                library.action("rwkv_ms_hook_destroy", out.get(ADDRESS, 0));
            }
            library.action("rwkv_ms_context_destroy", context);
            requireSupported("rwkv_ms_hook_create", hooked, text);
        }
    }

    private static void requireSupported(String function, int status, String text) throws NotEvaluatedException {
        if (status == HeaderStatus.UNSUPPORTED.code()) {
            throw new NotEvaluatedException(text);
        }
        if (status != HeaderStatus.OK.code()) {
            throw new RuntimeFailure(
                    function + ": expected RWKV_MS_OK, found " + HeaderStatus.label(status) + ": " + text);
        }
    }

    MemorySegment sidecar() {
        return sidecar;
    }

    LlamaModel model() {
        return model;
    }
}
