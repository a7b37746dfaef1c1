package rwkvms.state.checks;

import static rwkvms.state.checks.StateCheck.require;

import java.util.Optional;
import java.util.SortedMap;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotOfferedFailure;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.TensorSet;

/**
 * A session that went on after its payload was saved. No refusal may change its state, positions and predecessors, which must
 * stay the same bit for bit, or its next outputs.
 */
public final class Victim implements AutoCloseable {
    /** The words of a refused fingerprint; tools around the published fork look for them. */
    private static final String IDENTITY = "sidecar identity mismatch";

    private final SmallMemory memory;
    private final MemorySession session;
    private final byte[] saved;
    private final SortedMap<Integer, LayerState> before;
    private final SortedMap<Integer, TensorSet> next;

    private Victim(SmallMemory memory) {
        this.memory = memory;
        this.session = memory.after(3, 2);
        this.saved = session.saveState();
        memory.forward(session, SmallMemory.block(1));
        this.before = memory.states(session);
        try (MemorySession undisturbed = memory.after(3, 2, 1)) {
            this.next = memory.forward(undisturbed, SmallMemory.block(4));
        }
    }

    /** What is done to the session. */
    @FunctionalInterface
    public interface Story {
        public void on(Victim victim) throws Exception;
    }

    /** Runs a story on a runtime, and requires that the session then continues as if nothing had happened. */
    public static void on(MemoryRuntime runtime, Story story) throws Exception {
        try (SmallMemory memory = SmallMemory.on(runtime); Victim victim = new Victim(memory)) {
            story.on(victim);
            require(SmallMemory.sameOutputs(memory.forward(victim.session, SmallMemory.block(4)), victim.next),
                    "the deltas after the refusals are not those of a session without them");
        }
    }

    /** A copy of the payload that was saved before the session went on. */
    byte[] saved() {
        return saved.clone();
    }

    /** Requires that a payload is refused with a fault, and that nothing has changed. */
    public void refuses(String what, byte[] payload, StateFault fault) {
        RuntimeFailure refusal = refusal(what, () -> session.loadState(payload));
        require(refusal.fault().equals(Optional.of(fault)),
                what + ": expected RWKV_MS_E_" + fault + ", found " + refusal.getMessage());
        require(SmallMemory.sameBits(memory.states(session), before), what + ": the refused load changed the state");
        require(fault != StateFault.STATE_FINGERPRINT || String.valueOf(refusal.getMessage()).contains(IDENTITY),
                what + ": expected a message with '" + IDENTITY + "', found " + refusal.getMessage());
    }

    /** The failure of a call that must be refused; what is not offered refuses nothing. */
    static RuntimeFailure refusal(String what, Runnable call) {
        try {
            call.run();
        } catch (NotOfferedFailure e) {
            throw e;
        } catch (RuntimeFailure e) {
            return e;
        }
        throw new StateCheck.Nonconformance(what + ": expected a refusal, found none");
    }

    @Override
    public void close() {
        session.close();
    }
}
