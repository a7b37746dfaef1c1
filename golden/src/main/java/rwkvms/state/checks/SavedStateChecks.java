package rwkvms.state.checks;

import static rwkvms.state.checks.StateCheck.require;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import rwkvms.reference.ReferenceRuntime;
import rwkvms.runtime.ForwardInput;
import rwkvms.runtime.LayerState;
import rwkvms.runtime.MemoryRuntime;
import rwkvms.runtime.MemorySession;
import rwkvms.runtime.NotEvaluatedException;
import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;
import rwkvms.runtime.Taps;
import rwkvms.sidecar.synthesis.SyntheticSidecar;
import rwkvms.tensor.Tensor;

/** Lines 1 and 7 of the contract in state.md: a saved state comes back whole, and calls may be split anywhere. */
public final class SavedStateChecks {
    /** Across every slot, with masked tokens, around the ring and into it again. */
    private static final int[] STORY = {0, 1, 2, 3, 4, 5, 1, 3, 2};
    private static final float[] ODD_VALUES = {-0f, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MIN_NORMAL, 1500, -1e-20f};

    private SavedStateChecks() {
    }

    static List<StateCheck> all() {
        return List.of(
                new StateCheck("save, load, save gives the same bytes at every split",
                        everySemantics(SavedStateChecks::roundTrip)),
                new StateCheck("a restored session continues bit for bit",
                        everySemantics(SavedStateChecks::continuation)),
                new StateCheck("nothing of a used session survives a load",
                        everySemantics(SavedStateChecks::usedTarget)),
                new StateCheck("values of every kind survive", everySemantics(SavedStateChecks::oddValues)),
                new StateCheck("the payload is that of state-format.md", SavedStateChecks::format),
                new StateCheck("layers out of step are not saved", everySemantics(SavedStateChecks::outOfStep)));
    }

    /** One call or many give states that differ by at most {@code limit}, as products may be summed in another order. */
    public static StateCheck chunking(double limit) {
        return new StateCheck("one call or many give the same state",
                everySemantics(memory -> chunking(memory, limit)));
    }

    /** Who takes several heads keeps each of them; who does not refuses the sidecar, as the published loader does. */
    static StateCheck twoHeads(double limit) {
        return new StateCheck("two state heads are refused, or kept like one", runtime -> {
            for (int semantics = 1; semantics <= 2; semantics++) {
                SyntheticSidecar sizes = SmallMemory.SIZES.with(config -> config.withNumStateHeads(2))
                        .withVersions(2, semantics);
                Optional<SmallMemory> taken = takenBy(runtime, sizes);
                if (taken.isPresent()) {
                    try (SmallMemory memory = taken.get()) {
                        roundTrip(memory);
                        continuation(memory);
                        usedTarget(memory);
                        oddValues(memory);
                        chunking(memory, limit);
                        format(memory, sizes);
                    }
                }
            }
        });
    }

    private static Optional<SmallMemory> takenBy(MemoryRuntime runtime, SyntheticSidecar sizes) throws IOException {
        try {
            return Optional.of(SmallMemory.on(runtime, sizes, SmallMemory.SEED));
        } catch (NotEvaluatedException | RuntimeFailure refused) {
            return Optional.empty();
        }
    }

    /** A check on the loaded small sidecar. */
    @FunctionalInterface
    private interface Story {
        void on(SmallMemory memory) throws Exception;
    }

    /** Runs a story for both semantics, which store predecessors alike and use them differently. */
    private static StateCheck.Body everySemantics(Story story) {
        return runtime -> {
            for (int semantics = 1; semantics <= 2; semantics++) {
                try (SmallMemory memory = SmallMemory.on(runtime, SmallMemory.SIZES.withVersions(2, semantics),
                        SmallMemory.SEED)) {
                    story.on(memory);
                }
            }
        };
    }

    private static void roundTrip(SmallMemory memory) {
        for (int split = 0; split <= STORY.length; split++) {
            try (MemorySession through = memory.after(Arrays.copyOf(STORY, split));
                    MemorySession restored = memory.newSession()) {
                byte[] saved = through.saveState();
                restored.loadState(saved);
                require(Arrays.equals(restored.saveState(), saved),
                        "after " + split + " blocks: saved again, the bytes differ");
            }
        }
    }

    private static void continuation(SmallMemory memory) {
        for (int split = 0; split <= STORY.length; split++) {
            try (MemorySession through = memory.after(Arrays.copyOf(STORY, split));
                    MemorySession restored = memory.newSession()) {
                restored.loadState(through.saveState());
                String where = "restored after " + split + " blocks: ";
                for (int next = split; next < STORY.length; next++) {
                    ForwardInput block = SmallMemory.block(STORY[next]);
                    require(SmallMemory.sameOutputs(memory.forward(restored, block), memory.forward(through, block)),
                            where + "the deltas of block " + next + " differ");
                }
                require(SmallMemory.sameBits(memory.states(restored), memory.states(through)),
                        where + "the states at the end differ");
                require(Arrays.equals(restored.saveState(), through.saveState()),
                        where + "saved at the end, the bytes differ");
            }
        }
    }

    /** A payload of a used session, an older one and one of a new session each replace the whole state. */
    private static void usedTarget(SmallMemory memory) {
        for (int[] blocks : new int[][]{{2, 1}, Arrays.copyOf(STORY, 2), {}}) {
            try (MemorySession source = memory.after(blocks); MemorySession used = memory.after(STORY)) {
                used.loadState(source.saveState());
                require(SmallMemory.sameBits(memory.states(used), memory.states(source)),
                        "the states after the load are not those that were saved");
                require(Arrays.equals(used.saveState(), source.saveState()), "saved again, the bytes differ");
                require(SmallMemory.sameOutputs(memory.forward(used, SmallMemory.block(4)),
                        memory.forward(source, SmallMemory.block(4))), "the deltas after the load differ");
            }
        }
    }

    private static void oddValues(SmallMemory memory) {
        try (MemorySession session = memory.newSession(); MemorySession restored = memory.newSession()) {
            for (Map.Entry<Integer, LayerState> zero : memory.states(session).entrySet()) {
                session.setState(zero.getKey(), new LayerState(odd(zero.getValue().state()), Long.MAX_VALUE / 2,
                        odd(zero.getValue().previousSource())));
            }
            restored.loadState(session.saveState());
            require(SmallMemory.sameBits(memory.states(restored), memory.states(session)),
                    "the states after the load are not those that were saved");
        }
    }

    private static Tensor odd(Tensor tensor) {
        float[] values = new float[tensor.count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ODD_VALUES[i % ODD_VALUES.length];
        }
        return Tensor.ofFloats(tensor.shape(), values);
    }

    /** The reference's states, set one by one, are saved as the reference saves them. */
    private static void format(MemoryRuntime runtime) throws Exception {
        try (SmallMemory theirs = SmallMemory.on(runtime)) {
            format(theirs, SmallMemory.SIZES);
        }
    }

    private static void format(SmallMemory theirs, SyntheticSidecar sizes) throws Exception {
        try (SmallMemory ours = SmallMemory.on(new ReferenceRuntime(), sizes, SmallMemory.SEED);
                MemorySession session = theirs.newSession();
                MemorySession reference = ours.after(STORY)) {
            ours.states(reference).forEach(session::setState);
            byte[] expected = reference.saveState();
            byte[] found = session.saveState();
            require(found.length == expected.length,
                    "size: expected " + expected.length + " bytes, found " + found.length);
            int at = Arrays.mismatch(expected, found);
            require(at < 0, "byte " + at + ": expected " + (at < 0 ? 0 : expected[at] & 0xff) + ", found "
                    + (at < 0 ? 0 : found[at] & 0xff) + " (docs/state-format.md; the fingerprint is at 28 to 59)");
        }
    }

    private static void outOfStep(SmallMemory memory) {
        try (MemorySession session = memory.after(0)) {
            session.forward(2, SmallMemory.block(2));
            RuntimeFailure refusal = Victim.refusal("saving layers at 1, 4 and 1", session::saveState);
            require(refusal.fault().equals(Optional.of(StateFault.STATE_STEP)),
                    "expected RWKV_MS_E_STATE_STEP, found " + refusal.getMessage());
        }
    }

    private static void chunking(SmallMemory memory, double limit) {
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
                    sameWithin(limit, memory.states(split), memory.states(once), "calls of " + chunk);
                }
            }
        }
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
