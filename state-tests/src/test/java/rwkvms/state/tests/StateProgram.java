package rwkvms.state.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.TensorSet;
import rwkvms.state.StateDamage;
import rwkvms.state.checks.SmallMemory;

/**
 * A session while a program runs on it, and the model beside it. The model holds the blocks fed since the state was last zero
 * and the state of every layer, and both as they were at the last save. A second session, which never saves, loads or is
 * cleared, advances it: its state is set raw before each block. After every action the session must equal the model bit for
 * bit; at the end a new session is fed the same blocks.
 */
final class StateProgram implements AutoCloseable {
    private static final ExecutorService OTHER_THREAD = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("other").factory());

    private final SmallMemory memory;
    private final MemorySession shadow;
    private final List<Integer> fed = new ArrayList<>();
    private MemorySession session;
    private SortedMap<Integer, LayerState> states;
    private @Nullable SavedState saved;
    private boolean elsewhere;

    /** A payload and the model at the time of the save. */
    private record SavedState(byte[] payload, List<Integer> fed, SortedMap<Integer, LayerState> states) {
    }

    StateProgram(SmallMemory memory) {
        this.memory = memory;
        this.session = memory.newSession();
        this.shadow = memory.newSession();
        this.states = memory.states(session);
    }

    boolean hasSaved() {
        return saved != null;
    }

    long position() {
        return states.get(states.firstKey()).position();
    }

    void forward(int block) {
        states.forEach(shadow::setState);
        SortedMap<Integer, TensorSet> expected = memory.forward(shadow, SmallMemory.block(block));
        states = memory.states(shadow);
        fed.add(block);
        act(same -> assertThat(SmallMemory.sameOutputs(memory.forward(same, SmallMemory.block(block)), expected))
                .as("deltas of block %d", block).isTrue());
    }

    /** A read-only call: the outputs of a forward, and no effect. */
    void peek(int block) {
        states.forEach(shadow::setState);
        SortedMap<Integer, TensorSet> expected = memory.forward(shadow, SmallMemory.block(block));
        act(same -> assertThat(SmallMemory.sameOutputs(memory.forward(same, SmallMemory.block(block).asReadOnly()),
                expected)).as("deltas of a look at block %d", block).isTrue());
    }

    void save() {
        act(same -> saved = new SavedState(same.saveState(), List.copyOf(fed), states));
    }

    void load() {
        SavedState from = saved();
        states = from.states;
        fed.clear();
        fed.addAll(from.fed);
        act(same -> {
            same.loadState(from.payload);
            assertThat(same.saveState()).as("save, load, save").isEqualTo(from.payload);
        });
    }

    void loadDamaged(StateDamage damage) {
        byte[] payload = damage.applyTo(saved().payload);
        act(same -> refuses(damage.fault(), () -> same.loadState(payload)));
    }

    /** @param bit of the payload, modulo its size */
    void loadFlipped(int bit) {
        byte[] payload = saved().payload.clone();
        int at = bit % (payload.length * Byte.SIZE);
        payload[at / Byte.SIZE] ^= (byte) (1 << at % Byte.SIZE);
        act(same -> assertThat(catchThrowableOfType(RuntimeFailure.class, () -> same.loadState(payload)))
                .as("bit %d flipped", at).isNotNull());
    }

    /** @param size of what is left, modulo the payload's */
    void loadTruncated(int size) {
        byte[] payload = saved().payload;
        act(same -> refuses(StateFault.STATE_LENGTH,
                () -> same.loadState(Arrays.copyOf(payload, size % payload.length))));
    }

    void clear() {
        forget();
        act(MemorySession::clear);
    }

    void removeAll() {
        forget();
        act(same -> same.remove(0, -1, -1));
    }

    void removeNothing() {
        act(same -> same.remove(-1, position(), -1));
    }

    void refused(Consumer<MemorySession> change) {
        act(same -> refuses(StateFault.MUTATION, () -> change.accept(same)));
    }

    /** A new session takes over by save and load, after other work that must leave no trace. */
    void moveToNewSession(int otherWork) {
        act(same -> {
            byte[] payload = same.saveState();
            same.close();
            session = memory.after(otherWork);
            session.loadState(payload);
        });
    }

    /** The next actions run on the other thread. */
    void handOver() {
        elsewhere = !elsewhere;
    }

    private void forget() {
        fed.clear();
        try (MemorySession fresh = memory.newSession()) {
            states = memory.states(fresh);
        }
    }

    private SavedState saved() {
        SavedState known = saved;
        if (known == null) {
            throw new IllegalStateException("nothing saved");
        }
        return known;
    }

    private static void refuses(StateFault fault, Runnable call) {
        RuntimeFailure refusal = catchThrowableOfType(RuntimeFailure.class, call::run);
        assertThat(refusal).as("expected a refusal with %s", fault).isNotNull();
        assertThat(refusal.fault()).as(refusal.toString()).contains(fault);
    }

    private void act(Consumer<MemorySession> action) {
        Runnable all = () -> {
            action.accept(session);
            assertThat(SmallMemory.sameBits(memory.states(session), states)).as("the session is the model").isTrue();
        };
        if (elsewhere) {
            runElsewhere(all);
        } else {
            all.run();
        }
    }

    /** Runs an action on the other thread to its end, and throws here what it threw. */
    private static void runElsewhere(Runnable action) {
        try {
            OTHER_THREAD.submit(action).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("nobody interrupts a test", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    /** A new session fed the same blocks ends in the same state: nothing saved, loaded or refused has left a trace. */
    void isWhatItsBlocksMake() {
        try (MemorySession again = memory.after(fed.stream().mapToInt(Integer::intValue).toArray())) {
            assertThat(SmallMemory.sameBits(memory.states(again), states)).as("replay of blocks %s", fed).isTrue();
            assertThat(again.saveState()).isEqualTo(session.saveState());
        }
    }

    @Override
    public String toString() {
        return "program at blocks " + fed + (saved == null ? "" : ", saved " + saved.fed)
                + (elsewhere ? ", on the other thread" : "");
    }

    @Override
    public void close() {
        session.close();
        shadow.close();
    }

}
