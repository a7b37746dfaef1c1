package rwkvms.state.live;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.LlamaContext;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.runtime.LayerState;

/** One llama.cpp context with its memory attached, closed in the order that the C header asks for. */
record LiveSession(LiveModel model, NativeSession memory, NativeHook hook,
        LlamaContext context) implements AutoCloseable {
    static LiveSession of(LiveModel model, ContextSettings settings) {
        NativeSession memory = model.memory().newSession();
        NativeHook hook = memory.hook();
        LlamaContext context = model.model()
                .newContext(settings.withHook(new ContextSettings.Hook(hook.callback(), hook.handle())));
        hook.attach(context.handle(), Optional.of(model.base()));
        return new LiveSession(model, memory, hook, context);
    }

    /** The number of tokens seen; both sides must agree on it. */
    int position() {
        int host = context.memory().lastPosition(0) + 1;
        for (int layer : model.sidecar().layers()) {
            long own = memory.state(layer).position();
            if (own != host) {
                throw new AssertionError("layer " + layer + " stands at " + own + ", llama.cpp at " + host);
            }
        }
        return host;
    }

    /** Runs the story's tokens up to {@code end} in one decode. */
    void continueTo(int end) {
        int position = position();
        context.decode(position, LiveModel.tokens(position, end));
        hook.check();
    }

    /** Runs the story's tokens up to {@code end} one by one. */
    void stepTo(int end) {
        for (int next = position() + 1; next <= end; next++) {
            continueTo(next);
        }
    }

    float[] lastLogits() {
        return context.lastLogits();
    }

    SortedMap<Integer, LayerState> states() {
        SortedMap<Integer, LayerState> states = new TreeMap<>();
        model.sidecar().layers().forEach(layer -> states.put(layer, memory.state(layer)));
        return states;
    }

    @Override
    public void close() {
        hook.detach();
        context.close();
        hook.close();
        memory.close();
    }
}
