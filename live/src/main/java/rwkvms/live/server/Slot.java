package rwkvms.live.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import rwkvms.llama.ContextSettings;
import rwkvms.llama.LlamaContext;
import rwkvms.llama.LlamaException;
import rwkvms.llama.WorkPlace;
import rwkvms.nativeruntime.NativeException;
import rwkvms.nativeruntime.NativeHook;
import rwkvms.nativeruntime.NativeSession;

/**
 * The one sequence of the server: its tokens, their KV cache and their memory. It takes one call at a time.
 *
 * <p>The memory cannot go back, so a prompt can reuse what the slot holds only if that is a prefix of it; otherwise
 * everything is computed anew. Each token is a microbatch of its own, so that a continued sequence has the bits of one
 * that was computed at once.
 */
final class Slot implements AutoCloseable {
    /** How many tokens are decoded between two pulses. */
    private static final int BATCH = 16;

    private final ServedModel model;
    private final ServerLog log;
    private final NativeSession memory;
    private final NativeHook hook;
    private final LlamaContext context;
    private final int[] tokens;
    /** The thread that has the turn writes it; others read it for the metrics. */
    private volatile int count;
    private float @Nullable [] logits;
    private volatile boolean stopping;

    /** The size of what was saved or restored. */
    record SlotSize(int tokens, long bytes) {
    }

    Slot(ServedModel model, int size, int threads, ServerLog log) {
        this.model = model;
        this.log = log;
        this.tokens = new int[size];
        this.memory = model.memory().newSession();
        this.hook = memory.hook();
        this.context = model.model().newContext(new ContextSettings(size, BATCH, 1, 1, threads, false, true,
                new ContextSettings.Hook(hook.callback(), hook.handle())));
        hook.attach(context.handle(), Optional.of(model.base()));
    }

    /** How many tokens the slot can hold. */
    int size() {
        return tokens.length;
    }

    /** How many tokens the slot holds. */
    int count() {
        return count;
    }

    /** The logits after the last token. */
    float[] logits() {
        float[] known = logits;
        if (known == null) {
            throw new IllegalStateException("logits: expected a token before them, found none");
        }
        return known;
    }

    /**
     * Makes the slot hold a prompt and know its logits.
     *
     * @param reuse whether what it holds may be reused
     * @return how many tokens were there already
     */
    int hold(int[] prompt, boolean reuse, Pulse pulse) {
        int known = count;
        boolean prefix = reuse && known > 0 && known <= prompt.length
                && Arrays.equals(tokens, 0, known, prompt, 0, known) && (known < prompt.length || logits != null);
        if (prefix) {
            log.line("RWKV-MS exact-prefix slot reuse: " + known + " of " + prompt.length + " tokens");
        } else {
            clear();
        }
        for (int from = count; from < prompt.length; from += BATCH) {
            pulse.check();
            add(Arrays.copyOfRange(prompt, from, Math.min(from + BATCH, prompt.length)));
        }
        return prefix ? known : 0;
    }

    /** Adds tokens after those that the slot holds. */
    void add(int... next) {
        if (stopping) {
            throw new RequestException(RequestException.UNAVAILABLE, "the server stops");
        }
        try {
            context.decode(count, next);
            hook.check();
            logits = context.lastLogits();
        } catch (LlamaException | NativeException e) {
            log.line("decode failed, the slot is cleared: " + e.getMessage());
            clear();
            throw e;
        }
        System.arraycopy(next, 0, tokens, count, next.length);
        int held = count + next.length;
        count = held;
    }

    /**
     * Computes a token, and requires that it was computed on the device that was asked for.
     *
     * @throws IOException if it was not
     */
    void requirePlace() throws IOException {
        if (model.model().device().isEmpty()) {
            return;
        }
        add(0);
        List<String> wrong = WorkPlace.contradictions(model.model(), hook, model.sidecar().layers());
        clear();
        if (!wrong.isEmpty()) {
            throw new IOException("device " + model.model().device().get().name() + ": expected the model there; "
                    + String.join("; ", wrong));
        }
        log.line("model computed on " + model.model().device().get().name() + ", layers there: "
                + model.model().offloaded());
    }

    /** Refuses further tokens, so that the running answer ends. */
    void stop() {
        stopping = true;
    }

    /** Empties the slot. */
    void clear() {
        memory.clear();
        count = 0;
        logits = null;
    }

    /** Writes tokens, KV cache and memory into one file, whole or not at all. */
    SlotSize save(Path file) {
        hook.saveFile(file, Arrays.copyOf(tokens, count));
        return new SlotSize(count, size(file));
    }

    /** Restores the slot from a file; if that is refused, the slot stays as it was. */
    SlotSize restore(Path file) {
        byte[] before = hook.save();
        boolean loaded = false;
        try {
            int[] restored = hook.loadFile(file, tokens.length);
            loaded = true;
            requireFitting(restored);
            System.arraycopy(restored, 0, tokens, 0, restored.length);
            count = restored.length;
            logits = null;
            return new SlotSize(count, size(file));
        } catch (NativeException | RequestException e) {
            String now = rollBack(loaded, before);
            log.line("restore refused, " + now + ": " + e.getMessage());
            throw RequestException.bad("restore refused, " + now + ": " + e.getMessage());
        }
    }

    /**
     * Undoes a restore, and returns what became of the slot. If llama.cpp does not take its own state back, everything
     * is lost.
     */
    private String rollBack(boolean loaded, byte[] before) {
        if (loaded) {
            hook.load(before);
        }
        if (context.memory().lastPosition(0) + 1 == count) {
            return "rolled context state back";
        }
        clear();
        return "the slot is cleared, for llama.cpp did not take its own state back";
    }

    /** Refuses a sound file whose tokens do not belong to its states or to this model. */
    private void requireFitting(int... restored) {
        int positions = context.memory().lastPosition(0) + 1;
        if (restored.length != positions) {
            throw RequestException.bad("tokens of the session: expected " + positions + " as its states have, found "
                    + restored.length);
        }
        for (int token : restored) {
            if (token < 0 || token >= model.words().size()) {
                throw RequestException.bad("token of the session: expected 0 to " + (model.words().size() - 1)
                        + ", found " + token);
            }
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        hook.detach();
        context.close();
        hook.close();
        memory.close();
    }
}
