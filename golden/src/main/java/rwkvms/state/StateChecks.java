package rwkvms.state;

import static rwkvms.state.StateCheck.require;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;

import rwkvms.fixtures.Tensor;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.Taps;
import rwkvms.runtime.TensorSet;
import rwkvms.sidecar.SyntheticSidecar;

/**
 * The contract of state.md, line by line, on a small sidecar of three layers: for the tests of this suite's runtimes and for
 * runtimes of others ({@code gate runtime probe}).
 */
public final class StateChecks {
    /** Across every slot, with masked tokens, around the ring and into it again. */
    private static final int[] STORY = {0, 1, 2, 3, 4, 5, 1, 3, 2};
    /** Header: magic to length of the body. */
    private static final int HEADER = 68;
    /** Between splits of one call, where products may be summed in another order. */
    private static final double CHUNKING = 1e-5;

    private StateChecks() {
    }

    /** All of them, in the order of the contract. */
    public static List<StateCheck> all() {
        return List.of(new StateCheck("save, load, save gives the same bytes at every split", StateChecks::roundTrip),
                new StateCheck("a restored session continues bit for bit", StateChecks::continuation),
                new StateCheck("nothing of a used session survives a load", StateChecks::usedTarget),
                new StateCheck("the payload is that of state-format.md", StateChecks::format),
                new StateCheck("each fault of a payload is refused with its own code", StateChecks::faults),
                new StateCheck("a payload cut at any byte is refused", StateChecks::truncation),
                new StateCheck("every bit of the header is checked", StateChecks::headerBits),
                new StateCheck("a payload of another sidecar or base is refused", StateChecks::otherSidecars),
                new StateCheck("layers out of step are not saved", StateChecks::outOfStep),
                new StateCheck("clearing and removing all resets", StateChecks::resets),
                new StateCheck("what a state cannot follow is refused", StateChecks::mutations),
                new StateCheck("two state heads are refused", StateChecks::twoHeads),
                new StateCheck("one call or many give the same state", StateChecks::chunking));
    }

    /** A body that gets the small sidecar loaded. */
    @FunctionalInterface
    private interface OnMemory {
        void on(SmallMemory memory) throws Exception;
    }

    /** For both semantics: their predecessors are stored alike and used differently. */
    private static void everySemantics(MemoryRuntime runtime, OnMemory body) throws Exception {
        for (int semantics = 1; semantics <= 2; semantics++) {
            try (SmallMemory memory = SmallMemory.on(runtime, SmallMemory.SIZES.withVersions(2, semantics),
                    SmallMemory.SEED)) {
                body.on(memory);
            }
        }
    }

    private static void roundTrip(MemoryRuntime runtime) throws Exception {
        everySemantics(runtime, memory -> {
            for (int split = 0; split <= STORY.length; split++) {
                try (MemorySession through = memory.after(Arrays.copyOf(STORY, split));
                        MemorySession restored = memory.newSession()) {
                    byte[] saved = through.saveState();
                    restored.loadState(saved);
                    require(Arrays.equals(restored.saveState(), saved),
                            "after " + split + " blocks: saved again, the bytes differ");
                }
            }
        });
    }

    private static void continuation(MemoryRuntime runtime) throws Exception {
        everySemantics(runtime, memory -> {
            for (int split = 0; split <= STORY.length; split++) {
                try (MemorySession through = memory.after(Arrays.copyOf(STORY, split));
                        MemorySession restored = memory.newSession()) {
                    restored.loadState(through.saveState());
                    for (int next = split; next < STORY.length; next++) {
                        ForwardInput block = SmallMemory.block(STORY[next]);
                        require(SmallMemory.sameOutputs(memory.forward(restored, block),
                                memory.forward(through, block)),
                                "restored after " + split + " blocks: the deltas of block " + next + " differ");
                    }
                    require(SmallMemory.sameBits(memory.states(restored), memory.states(through)),
                            "restored after " + split + " blocks: the states at the end differ");
                }
            }
        });
    }

    private static void usedTarget(MemoryRuntime runtime) throws Exception {
        everySemantics(runtime, memory -> {
            try (MemorySession source = memory.after(2, 1); MemorySession used = memory.after(STORY)) {
                used.loadState(source.saveState());
                require(SmallMemory.sameBits(memory.states(used), memory.states(source)),
                        "the states after the load are not those that were saved");
                require(SmallMemory.sameOutputs(memory.forward(used, SmallMemory.block(4)),
                        memory.forward(source, SmallMemory.block(4))), "the deltas after the load differ");
            }
        });
    }

    /** The reference's states, set one by one, are saved as the reference saves them. */
    private static void format(MemoryRuntime runtime) throws Exception {
        try (SmallMemory theirs = SmallMemory.on(runtime);
                SmallMemory ours = SmallMemory.on(new ReferenceRuntime());
                MemorySession session = theirs.newSession();
                MemorySession reference = ours.after(STORY)) {
            for (Map.Entry<Integer, LayerState> state : ours.states(reference).entrySet()) {
                session.setState(state.getKey(), state.getValue());
            }
            byte[] expected = reference.saveState();
            byte[] found = session.saveState();
            require(found.length == expected.length,
                    "size: expected " + expected.length + " bytes, found " + found.length);
            int at = Arrays.mismatch(expected, found);
            require(at < 0, "byte " + at + ": expected " + (at < 0 ? 0 : expected[at] & 0xff) + ", found "
                    + (at < 0 ? 0 : found[at] & 0xff) + " (docs/state-format.md; the fingerprint is at 28 to 59)");
        }
    }

    /** A session that has gone on since its payload was saved, and what it must still be after a refusal. */
    private static final class Victim implements AutoCloseable {
        private final SmallMemory memory;
        private final MemorySession session;
        private final byte[] saved;
        private final SortedMap<Integer, LayerState> before;
        private final SortedMap<Integer, TensorSet> next;

        Victim(SmallMemory memory) {
            this.memory = memory;
            this.session = memory.after(3, 2);
            this.saved = session.saveState();
            memory.forward(session, SmallMemory.block(1));
            this.before = memory.states(session);
            try (MemorySession undisturbed = memory.after(3, 2, 1)) {
                this.next = memory.forward(undisturbed, SmallMemory.block(4));
            }
        }

        void refuses(String what, byte[] payload, StateFault fault) {
            RuntimeFailure refusal = refusal(what, () -> session.loadState(payload));
            require(refusal.fault().equals(Optional.of(fault)),
                    what + ": expected RWKV_MS_E_" + fault + ", found " + refusal.getMessage());
            require(SmallMemory.sameBits(memory.states(session), before),
                    what + ": the refused load changed the state");
            require(fault != StateFault.STATE_FINGERPRINT
                    || String.valueOf(refusal.getMessage()).contains("sidecar identity mismatch"),
                    what + ": expected a message with 'sidecar identity mismatch', found " + refusal.getMessage());
        }

        @Override
        public void close() {
            boolean undisturbed = SmallMemory.sameOutputs(memory.forward(session, SmallMemory.block(4)), next);
            session.close();
            require(undisturbed, "the deltas after the refusals are not those of a session without them");
        }
    }

    private static RuntimeFailure refusal(String what, Runnable call) {
        try {
            call.run();
        } catch (RuntimeFailure e) {
            return e;
        }
        throw new StateCheck.Nonconformance(what + ": expected a refusal, found none");
    }

    private interface OnVictim {
        void on(Victim victim) throws Exception;
    }

    private static void onVictim(MemoryRuntime runtime, OnVictim body) throws Exception {
        try (SmallMemory memory = SmallMemory.on(runtime); Victim victim = new Victim(memory)) {
            body.on(victim);
        }
    }

    private static void faults(MemoryRuntime runtime) throws Exception {
        onVictim(runtime, victim -> {
            for (StateDamage damage : StateDamage.values()) {
                victim.refuses("damage " + damage.label(), damage.applyTo(victim.saved), damage.fault());
            }
        });
    }

    private static void truncation(MemoryRuntime runtime) throws Exception {
        onVictim(runtime, victim -> {
            for (int size = 0; size < victim.saved.length; size++) {
                victim.refuses("cut to " + size + " bytes", Arrays.copyOf(victim.saved, size),
                        StateFault.STATE_LENGTH);
            }
            victim.refuses("one byte more", Arrays.copyOf(victim.saved, victim.saved.length + 1),
                    StateFault.STATE_LENGTH);
        });
    }

    private static void headerBits(MemoryRuntime runtime) throws Exception {
        onVictim(runtime, victim -> {
            for (int bit = 0; bit < HEADER * Byte.SIZE; bit++) {
                byte[] flipped = victim.saved.clone();
                flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
                victim.refuses("bit " + bit + " flipped", flipped, faultOfHeaderByte(bit / Byte.SIZE));
            }
        });
    }

    private static StateFault faultOfHeaderByte(int at) {
        if (at >= StateFormat.LENGTH_OFFSET) {
            return StateFault.STATE_LENGTH;
        }
        if (at >= StateFormat.FINGERPRINT_OFFSET) {
            return StateFault.STATE_FINGERPRINT;
        }
        return List.of(StateFault.STATE_MAGIC, StateFault.STATE_VERSION, StateFault.STATE_LAYERS,
                StateFault.STATE_NUM_STATES, StateFault.STATE_HEADS, StateFault.STATE_RANK,
                StateFault.STATE_CHUNK_SIZE).get(at / Integer.BYTES);
    }

    private static void otherSidecars(MemoryRuntime runtime) throws Exception {
        onVictim(runtime, victim -> {
            SyntheticSidecar base = SmallMemory.SIZES.withBase("b", "cd".repeat(32));
            try (SmallMemory otherWeights = SmallMemory.on(runtime, SmallMemory.SIZES, SmallMemory.SEED + 1);
                    SmallMemory otherBase = SmallMemory.on(runtime, base, SmallMemory.SEED);
                    MemorySession ofWeights = otherWeights.after(3, 2);
                    MemorySession ofBase = otherBase.after(3, 2)) {
                victim.refuses("payload of other weights", ofWeights.saveState(), StateFault.STATE_FINGERPRINT);
                victim.refuses("payload of another base", ofBase.saveState(), StateFault.STATE_FINGERPRINT);
            }
        });
    }

    private static void outOfStep(MemoryRuntime runtime) throws Exception {
        try (SmallMemory memory = SmallMemory.on(runtime); MemorySession session = memory.after(0)) {
            session.forward(2, SmallMemory.block(2));
            RuntimeFailure refusal = refusal("saving layers at 1, 4 and 1", session::saveState);
            require(refusal.fault().equals(Optional.of(StateFault.STATE_STEP)),
                    "expected RWKV_MS_E_STATE_STEP, found " + refusal.getMessage());
        }
    }

    private static void resets(MemoryRuntime runtime) throws Exception {
        Map<String, Consumer<MemorySession>> resets = new LinkedHashMap<>();
        resets.put("clear", MemorySession::clear);
        resets.put("reset", MemorySession::reset);
        resets.put("remove all", session -> session.remove(0, -1, -1));
        resets.put("remove all sequences", session -> session.remove(-1, 0, Long.MAX_VALUE));
        try (SmallMemory memory = SmallMemory.on(runtime); MemorySession fresh = memory.newSession()) {
            for (Map.Entry<String, Consumer<MemorySession>> reset : resets.entrySet()) {
                try (MemorySession session = memory.after(STORY)) {
                    reset.getValue().accept(session);
                    require(SmallMemory.sameBits(memory.states(session), memory.states(fresh)),
                            reset.getKey() + ": the state is not that of a new session");
                }
            }
        }
    }

    private static void mutations(MemoryRuntime runtime) throws Exception {
        Map<String, Consumer<MemorySession>> changes = new LinkedHashMap<>();
        changes.put("remove the last", session -> session.remove(0, 4, -1));
        changes.put("remove all but the first", session -> session.remove(-1, 1, Long.MAX_VALUE));
        changes.put("copy", session -> session.copy(0, 1, -1, -1));
        changes.put("keep", session -> session.keep(0));
        changes.put("shift", session -> session.shift(0, 0, -1, 1));
        changes.put("divide", session -> session.divide(0, 0, -1, 2));
        try (SmallMemory memory = SmallMemory.on(runtime); MemorySession session = memory.after(STORY)) {
            SortedMap<Integer, LayerState> before = memory.states(session);
            for (Map.Entry<String, Consumer<MemorySession>> change : changes.entrySet()) {
                RuntimeFailure refusal = refusal(change.getKey(), () -> change.getValue().accept(session));
                require(refusal.fault().equals(Optional.of(StateFault.MUTATION)),
                        change.getKey() + ": expected RWKV_MS_E_MUTATION, found " + refusal.getMessage());
                require(SmallMemory.sameBits(memory.states(session), before),
                        change.getKey() + ": the refused change changed the state");
            }
        }
    }

    private static void twoHeads(MemoryRuntime runtime) throws Exception {
        try (SmallMemory memory = SmallMemory.on(runtime, SmallMemory.SIZES.withNumStateHeads(2), SmallMemory.SEED)) {
            throw new StateCheck.Nonconformance("expected a refusal, found " + memory.memory() + " loaded");
        } catch (NotEvaluatedException | RuntimeFailure expected) {
            // Refused, by either way.
        }
    }

    private static void chunking(MemoryRuntime runtime) throws Exception {
        everySemantics(runtime, memory -> {
            Tensor hidden = SmallMemory.block(3).hiddenStates();
            for (int more = 0; more < 4; more++) {
                hidden = Tensor.concatenate(hidden, SmallMemory.block(3 + 4 * more).hiddenStates());
            }
            ForwardInput whole = ForwardInput.of(hidden).withTaps(Taps.DELTAS);
            try (MemorySession once = memory.newSession()) {
                memory.forward(once, whole);
                for (int chunk : new int[]{1, 2, 3, 5, 7}) {
                    try (MemorySession split = memory.newSession()) {
                        for (int at = 0; at < whole.tokens(); at += chunk) {
                            memory.forward(split, whole.tokens(at, Math.min(whole.tokens(), at + chunk)));
                        }
                        sameWithin(CHUNKING, memory.states(split), memory.states(once), "calls of " + chunk);
                    }
                }
            }
        });
    }

    private static void sameWithin(double limit, SortedMap<Integer, LayerState> found,
            SortedMap<Integer, LayerState> expected, String what) {
        expected.forEach((layer, state) -> {
            LayerState other = found.get(layer);
            if (other == null || other.position() != state.position()) {
                throw new StateCheck.Nonconformance(what + ": layer " + layer + ": the positions differ");
            }
            for (int i = 0; i < state.state().count(); i++) {
                double diff = Math.abs(other.state().at(i) - state.state().at(i));
                require(diff <= limit, what + ": layer " + layer + ": state at " + i + ": expected "
                        + state.state().at(i) + ", found " + other.state().at(i));
            }
        });
    }
}
