package rwkvms.state.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import rwkvms.llama.ContextSettings;
import rwkvms.nativeruntime.NativeException;
import rwkvms.nativeruntime.NativeSession;
import rwkvms.runtime.StateFault;
import rwkvms.state.StateDamage;

/**
 * A live context while a program runs on it. The model is the list of decodes since the start; a plain run does nothing but
 * these decodes, and its result is remembered per list. After every action the payload must equal that run's byte for byte, and
 * after every decode the logits too.
 */
final class LiveProgram implements AutoCloseable {
    static final ContextSettings SETTINGS = ContextSettings.of(256);
    /** Within the sliding window, where a restored cache is the same bit for bit. */
    static final int MAX_TOKENS = 14;

    /** {@code size} tokens of one of two stories. */
    record Decode(int size, int story) {
    }

    /** The result of a list of decodes: the logits of the last token, and the payload. */
    private record Result(float[] logits, byte[] payload) {
    }

    /** Runs that did nothing but decode. */
    static final class PlainRuns implements AutoCloseable {
        private final LiveSession session;
        private final Map<List<Decode>, Result> made = new HashMap<>();

        PlainRuns(LiveModel model) {
            this.session = model.session(SETTINGS);
        }

        private Result of(List<Decode> decodes) {
            return made.computeIfAbsent(List.copyOf(decodes), each -> {
                session.memory().clear();
                each.forEach(decode -> decode(session, decode));
                return new Result(each.isEmpty() ? new float[0] : session.lastLogits(), session.memory().saveState());
            });
        }

        int size() {
            return made.size();
        }

        @Override
        public void close() {
            session.close();
        }
    }

    private final LiveModel model;
    private final PlainRuns known;
    private final List<Decode> decodes = new ArrayList<>();
    private LiveSession session;
    private @Nullable SavedSession saved;

    private record SavedSession(byte[] session, List<Decode> decodes) {
    }

    LiveProgram(LiveModel model, PlainRuns known) {
        this.model = model;
        this.known = known;
        this.session = model.session(SETTINGS);
    }

    boolean hasSaved() {
        return saved != null;
    }

    int tokens() {
        return decodes.stream().mapToInt(Decode::size).sum();
    }

    private static void decode(LiveSession session, Decode decode) {
        int position = session.position();
        session.context().decode(position, LiveModel.tokens(position + 100 * decode.story,
                position + 100 * decode.story + decode.size));
        session.hook().check();
    }

    void decode(Decode decode) {
        decodes.add(decode);
        decode(session, decode);
        assertThat(session.lastLogits()).as("logits after %s", decodes).isEqualTo(known.of(decodes).logits);
        isTheModel();
    }

    void save() {
        saved = new SavedSession(session.hook().save(tokens()), List.copyOf(decodes));
        isTheModel();
    }

    void load() {
        SavedSession from = saved();
        assertThat(session.hook().load(from.session)).containsExactly(
                from.decodes.stream().mapToInt(Decode::size).sum());
        decodes.clear();
        decodes.addAll(from.decodes);
        isTheModel();
    }

    void loadDamagedPayload(StateDamage damage) {
        Sessions parts = Sessions.parts(saved().session);
        NativeException refusal = refuses(parts.withPayload(damage.applyTo(parts.payload())).sealed());
        assertThat(refusal.fault()).as(refusal.toString()).contains(damage.fault());
    }

    void loadDamagedCache(int size) {
        Sessions parts = Sessions.parts(saved().session);
        refuses(parts.withHost(Arrays.copyOf(parts.host(), size % parts.host().length)).sealed());
    }

    void loadFlipped(int bit) {
        byte[] whole = saved().session;
        refuses(Sessions.flipped(whole, bit % (whole.length * Byte.SIZE)));
    }

    private NativeException refuses(byte[] damaged) {
        byte[] cache = session.context().state();
        NativeException refusal = catchThrowableOfType(NativeException.class, () -> session.hook().load(damaged));
        assertThat(refusal).as("expected a refusal").isNotNull();
        assertThat(session.context().state()).as("KV cache after %s", refusal).isEqualTo(cache);
        isTheModel();
        return refusal;
    }

    void clear() {
        decodes.clear();
        session.memory().clear();
        isTheModel();
    }

    void removeAll() {
        decodes.clear();
        session.memory().remove(0, -1, -1);
        isTheModel();
    }

    void refused(Consumer<NativeSession> change) {
        NativeException refusal = catchThrowableOfType(NativeException.class, () -> change.accept(session.memory()));
        assertThat(refusal).as("expected a refusal").isNotNull();
        assertThat(refusal.fault()).as(refusal.toString()).contains(StateFault.MUTATION);
        isTheModel();
    }

    /** A new context takes over by save and load, after other work that must leave no trace. */
    void moveToNewContext(Decode otherWork) {
        byte[] moved = session.hook().save();
        session.close();
        session = model.session(SETTINGS);
        decode(session, otherWork);
        session.hook().load(moved);
        isTheModel();
    }

    private void isTheModel() {
        assertThat(session.position()).isEqualTo(tokens());
        assertThat(session.memory().saveState()).as("payload after %s", decodes)
                .isEqualTo(known.of(decodes).payload);
    }

    private SavedSession saved() {
        SavedSession from = saved;
        if (from == null) {
            throw new IllegalStateException("nothing saved");
        }
        return from;
    }

    @Override
    public String toString() {
        return "live program at " + decodes;
    }

    @Override
    public void close() {
        session.close();
    }
}
