package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.WorkPlace;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.runtime.LayerState;

/** One llama.cpp context with its memory attached, closed in the order that the C header asks for. */
record LiveSession(LiveModel model, NativeSession memory, NativeHook hook,
        LlamaContext context) implements AutoCloseable {
    static LiveSession of(LiveModel model, ContextSettings settings) {
        return of(model, settings, NativeSession::hook);
    }

    static LiveSession of(LiveModel model, ContextSettings settings, Function<NativeSession, NativeHook> made) {
        NativeSession memory = model.memory().newSession();
        NativeHook hook = made.apply(memory);
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

    /** What was computed must have been computed where it was asked for. */
    private void requirePlace() {
        List<Integer> layers = model.sidecar().layers();
        if (hook.counts(layers.getFirst()).ubatches() > 0) {
            assertThat(WorkPlace.contradictions(model.model(), hook, layers)).as("where the model was computed")
                    .isEmpty();
        }
    }

    @Override
    public void close() {
        try {
            requirePlace();
        } finally {
            free();
        }
    }

    private void free() {
        hook.detach();
        context.close();
        hook.close();
        memory.close();
    }
}
