package rwkvms.state.checks;

import static rwkvms.state.checks.StateCheck.require;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotOfferedFailure;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;

/**
 * Line 5 of the contract in state.md: which changes of a host's memory reset the state, change nothing or are refused.
 */
final class HostMemoryChecks {
    private static final int[] STORY = {3, 2, 1};
    /** Valid tokens of the story's blocks. */
    private static final long TOKENS = 3 + 3 + 1;
    private static final int NEXT = 5;

    private HostMemoryChecks() {
    }

    static List<StateCheck> all() {
        return List.of(new StateCheck("clearing and removing all resets", HostMemoryChecks::resets),
                new StateCheck("removing nothing changes nothing", HostMemoryChecks::nothing),
                new StateCheck("what a state cannot follow is refused", HostMemoryChecks::mutations),
                new StateCheck("there is no other sequence", HostMemoryChecks::otherSequences));
    }

    /** Changes by name. */
    private static final class Changes extends LinkedHashMap<String, Consumer<MemorySession>> {
        private static final long serialVersionUID = 1;

        Changes with(String name, Consumer<MemorySession> change) {
            put(name, change);
            return this;
        }
    }

    private interface Check {
        void on(SmallMemory memory, MemorySession session, String name, Consumer<MemorySession> change);
    }

    /** Tries each change on a new session. */
    private static void each(MemoryRuntime runtime, Changes changes, Check check) throws Exception {
        try (SmallMemory memory = SmallMemory.on(runtime)) {
            for (Map.Entry<String, Consumer<MemorySession>> change : changes.entrySet()) {
                try (MemorySession session = memory.after(STORY)) {
                    check.on(memory, session, change.getKey(), change.getValue());
                }
            }
        }
    }

    private static void resets(MemoryRuntime runtime) throws Exception {
        each(runtime, new Changes().with("clear", MemorySession::clear).with("reset", MemorySession::reset)
                .with("remove 0, -1, -1", session -> session.remove(0, -1, -1))
                .with("remove all, 0, -1", session -> session.remove(-1, 0, -1))
                .with("remove all sequences", session -> session.remove(-1, 0, Long.MAX_VALUE))
                .with("remove 0, 0, exactly all", session -> session.remove(0, 0, TOKENS))
                .with("remove 0, 0, beyond", session -> session.remove(0, 0, TOKENS + 100)),
                (memory, session, name, change) -> {
                    change.accept(session);
                    try (MemorySession fresh = memory.newSession()) {
                        same(memory, session, fresh, name + ": ", "those of a new session");
                    }
                });
    }

    private static void nothing(MemoryRuntime runtime) throws Exception {
        each(runtime, new Changes().with("remove 0, behind the end", session -> session.remove(0, TOKENS, -1))
                .with("remove 0, 3, 3", session -> session.remove(0, 3, 3)), HostMemoryChecks::changesNothing);
    }

    private static void mutations(MemoryRuntime runtime) throws Exception {
        each(runtime, new Changes().with("remove the first token", session -> session.remove(0, 0, 1))
                .with("remove the last token", session -> session.remove(0, TOKENS - 1, -1))
                .with("remove all but the first", session -> session.remove(-1, 1, TOKENS))
                .with("remove the middle", session -> session.remove(0, 2, 4))
                .with("copy", session -> session.copy(0, 1, -1, -1))
                .with("copy onto itself", session -> session.copy(0, 0, -1, -1))
                .with("keep", session -> session.keep(0)).with("keep another", session -> session.keep(1))
                .with("shift", session -> session.shift(0, 0, -1, 1))
                .with("shift by nothing", session -> session.shift(0, 0, -1, 0))
                .with("divide", session -> session.divide(0, 0, -1, 2)),
                (memory, session, name, change) -> changesNothing(memory, session, name, same -> {
                    RuntimeFailure refusal = Victim.refusal(name, () -> change.accept(same));
                    require(refusal.fault().equals(Optional.of(StateFault.MUTATION)),
                            name + ": expected RWKV_MS_E_MUTATION, found " + refusal.getMessage());
                }));
    }

    private static void otherSequences(MemoryRuntime runtime) throws Exception {
        Changes changes = new Changes();
        for (int sequence : new int[]{1, -2, 255, 256, Integer.MAX_VALUE}) {
            changes.with("remove sequence " + sequence, session -> session.remove(sequence, -1, -1));
        }
        each(runtime, changes, (memory, session, name, change) -> changesNothing(memory, session, name,
                same -> refused(name, () -> change.accept(same))));
    }

    /** The runtime may refuse, or the interface before it. */
    private static void refused(String name, Runnable change) {
        try {
            change.run();
        } catch (NotOfferedFailure e) {
            throw e;
        } catch (RuntimeFailure | IllegalArgumentException expected) {
            return;
        }
        throw new StateCheck.Nonconformance(name + ": expected a refusal, found none");
    }

    private static void changesNothing(SmallMemory memory, MemorySession session, String name,
            Consumer<MemorySession> change) {
        SortedMap<Integer, LayerState> before = memory.states(session);
        change.accept(session);
        require(SmallMemory.sameBits(memory.states(session), before), name + ": the state has changed");
        try (MemorySession undisturbed = memory.after(STORY)) {
            same(memory, session, undisturbed, name + ": ", "those of an undisturbed session");
        }
    }

    private static void same(SmallMemory memory, MemorySession session, MemorySession other, String name,
            String whose) {
        require(SmallMemory.sameBits(memory.states(session), memory.states(other)),
                name + "the states are not " + whose);
        require(SmallMemory.sameOutputs(memory.forward(session, SmallMemory.block(NEXT)),
                memory.forward(other, SmallMemory.block(NEXT))), name + "the next deltas are not " + whose);
    }
}
