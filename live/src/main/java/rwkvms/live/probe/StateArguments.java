package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;
import static rwkvms.live.probe.HeaderStatus.MUTATION;
import static rwkvms.live.probe.HeaderStatus.NO_TAP;
import static rwkvms.live.probe.HeaderStatus.STATE_LENGTH;
import static rwkvms.live.probe.HeaderStatus.STATE_VALUE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import rwkvms.nativeruntime.Layouts;

/** The arguments that the functions of taps, raw states, payloads and the host's memory must refuse. */
final class StateArguments {
    private static final String TAP = "reads";
    private static final long TAP_BYTES = (long) Subject.TOKENS * Subject.RANK * Float.BYTES;

    private final Subject subject;
    private final Trial trial;

    private StateArguments(Subject subject, Trial trial) {
        this.subject = subject;
        this.trial = trial;
    }

    private Call call(String function, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = subject.context();
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Call.of(subject.library(), function, all);
    }

    static void taps(Subject subject, Trial trial) {
        StateArguments of = new StateArguments(subject, trial);
        MemorySegment info = trial.output("info", Layouts.TAP_INFO.byteSize());
        MemorySegment data = trial.output("data", TAP_BYTES);
        Call good = of.call("rwkv_ms_tap", trial.arena().allocateFrom(TAP), info, data, TAP_BYTES);
        trial.refuses(ARGUMENT, "name NULL", good.withNull(1));
        for (String name : new String[]{"", "reads ", "no_such_tensor", "state_before"}) {
            trial.refuses(NO_TAP, "the name '" + name + "'", good.with(1, trial.arena().allocateFrom(name)));
        }
        trial.refusesShort(TAP_BYTES, "size ", good, 4, 0, 1, TAP_BYTES - 1);
        trial.takes("data NULL", good.withNull(3).with(4, 0L));
        trial.takes("info NULL", good.withNull(2));
        MemorySegment fresh = subject.newContext();
        trial.refuses(NO_TAP, "before a forward with taps", good.with(0, fresh));
        subject.advance(fresh);
        trial.takes("after a forward with taps", good.with(0, fresh));
        trial.takes("a reset", Call.of(subject.library(), "rwkv_ms_context_reset", fresh));
        trial.refuses(NO_TAP, "after a reset", good.with(0, fresh));
        subject.library().action("rwkv_ms_context_destroy", fresh);
    }

    static void get(Subject subject, Trial trial) {
        StateArguments of = new StateArguments(subject, trial);
        MemorySegment state = trial.output("state", Subject.STATE * Float.BYTES);
        MemorySegment source = trial.output("previous_source", (long) Subject.RANK * Float.BYTES);
        MemorySegment position = trial.output("position", Long.BYTES);
        Call good = of.call("rwkv_ms_state_get", Subject.LAYER, state, Subject.STATE, source, (long) Subject.RANK,
                position);
        trial.refusesLayers("layer ", good);
        trial.refusesShort(Subject.STATE, "state_count ", good, 3, 0, Subject.STATE - 1);
        trial.refusesShort(Subject.RANK, "source_count ", good, 5, 0, Subject.RANK - 1);
        trial.takes("position alone", good.withNull(2).with(3, 0L).withNull(4).with(5, 0L));
        trial.takes("state alone", good.withNull(4).with(5, 0L).withNull(6));
        trial.takes("all of it", good);
    }

    static void set(Subject subject, Trial trial) {
        StateArguments of = new StateArguments(subject, trial);
        MemorySegment state = trial.arena().allocate(JAVA_FLOAT, Subject.STATE + 1);
        MemorySegment source = trial.arena().allocate(JAVA_FLOAT, Subject.RANK + 1);
        MemorySegment position = trial.arena().allocateFrom(JAVA_LONG, 5);
        Call good = of.call("rwkv_ms_state_set", Subject.LAYER, state, Subject.STATE, source, (long) Subject.RANK,
                position);
        trial.refusesLayers("layer ", good);
        for (long count : new long[]{0, Subject.STATE - 1, Subject.STATE + 1, -1}) {
            trial.refuses(ARGUMENT, "state_count " + Long.toUnsignedString(count), good.with(3, count));
        }
        for (long count : new long[]{0, Subject.RANK - 1, Subject.RANK + 1, -1}) {
            trial.refuses(ARGUMENT, "source_count " + Long.toUnsignedString(count), good.with(5, count));
        }
        for (float value : new float[]{Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            trial.refuses(STATE_VALUE, value + " at the end of state", good.with(2, of.ending(Subject.STATE, value)));
            trial.refuses(STATE_VALUE, value + " at the end of previous_source",
                    good.with(4, of.ending(Subject.RANK, value)));
        }
        for (long value : new long[]{-1, Long.MIN_VALUE}) {
            trial.refuses(STATE_VALUE, "position " + value, good.with(6, trial.arena().allocateFrom(JAVA_LONG, value)));
        }
        trial.takes("nothing to set", good.withNull(2).with(3, 0L).withNull(4).with(5, 0L).withNull(6));
    }

    private MemorySegment ending(long count, float value) {
        MemorySegment values = trial.arena().allocate(JAVA_FLOAT, count);
        values.setAtIndex(JAVA_FLOAT, count - 1, value);
        return values;
    }

    static void payloads(Subject subject, Trial trial) {
        StateArguments of = new StateArguments(subject, trial);
        MemorySegment size = trial.output("size", Long.BYTES);
        trial.refuses(ARGUMENT, "rwkv_ms_state_size: size NULL", of.call("rwkv_ms_state_size", MemorySegment.NULL));
        MemorySegment number = trial.room(Long.BYTES);
        trial.takes("rwkv_ms_state_size", of.call("rwkv_ms_state_size", number));
        long needed = number.get(JAVA_LONG, 0);
        of.requireInStep();
        MemorySegment data = trial.output("data", needed);
        Call save = of.call("rwkv_ms_state_save", data, needed, size);
        trial.refuses(ARGUMENT, "rwkv_ms_state_save: data NULL", save.withNull(1));
        trial.refusesShort(needed, "rwkv_ms_state_save: size ", save, 2, 0, 1, needed - 1);
        MemorySegment saved = trial.room(needed);
        trial.takes("rwkv_ms_state_save: written NULL", save.with(1, saved).withNull(3));
        Call load = of.call("rwkv_ms_state_load", saved, needed);
        trial.refuses(ARGUMENT, "rwkv_ms_state_load: data NULL", load.withNull(1));
        trial.refuses(ARGUMENT, "rwkv_ms_state_load: data NULL, size 0", load.withNull(1).with(2, 0L));
        trial.refusesEach(STATE_LENGTH, "rwkv_ms_state_load: size ", load, 2, 0L, 1L, needed - 1);
        MemorySegment longer = trial.arena().allocate(needed + 1).copyFrom(saved);
        trial.refuses(STATE_LENGTH, "rwkv_ms_state_load: one byte more", load.with(1, longer).with(2, needed + 1));
        trial.takes("rwkv_ms_state_load", load);
    }

    /** Sets all layers to one position, which a payload needs: only one layer has been called. */
    private void requireInStep() {
        MemorySegment position = trial.arena().allocateFrom(JAVA_LONG, Subject.TOKENS);
        for (int layer : subject.file().layers()) {
            trial.takes("the position of layer " + layer, call("rwkv_ms_state_set", layer, MemorySegment.NULL, 0L,
                    MemorySegment.NULL, 0L, position));
        }
    }

    static void notFinite(Subject subject, Trial trial) {
        StateArguments of = new StateArguments(subject, trial);
        MemorySegment number = trial.room(Long.BYTES);
        trial.takes("rwkv_ms_state_size", of.call("rwkv_ms_state_size", number));
        of.requireInStep();
        MemorySegment hidden = trial.arena().allocate(JAVA_FLOAT, Subject.HIDDEN);
        for (long i = 0; i < Subject.HIDDEN; i++) {
            hidden.setAtIndex(JAVA_FLOAT, i, Float.NaN);
        }
        MemorySegment none = trial.arena().allocate(Layouts.DELTAS);
        for (int layer : subject.file().layers()) {
            trial.takes("hidden states of NaN", of.call("rwkv_ms_forward", layer, hidden, Subject.HIDDEN,
                    MemorySegment.NULL, Subject.TOKENS, 0, none));
        }
        MemorySegment data = trial.output("data", number.get(JAVA_LONG, 0));
        trial.refuses(STATE_VALUE, "a state of NaN saved",
                of.call("rwkv_ms_state_save", data, data.byteSize(), MemorySegment.NULL));
    }

    static void memory(Subject subject, Trial trial) {
        StateArguments of = new StateArguments(subject, trial);
        Call remove = of.call("rwkv_ms_memory_seq_rm", 0, 0L, -1L);
        trial.refusesEach(ARGUMENT, "rwkv_ms_memory_seq_rm: sequence ", remove, 1, 1, -2, Integer.MIN_VALUE,
                Integer.MAX_VALUE);
        long end = Subject.TOKENS;
        for (long[] range : new long[][]{{1, -1}, {0, end - 1}, {-1, 1}, {end - 1, Long.MAX_VALUE}}) {
            trial.refuses(MUTATION, "rwkv_ms_memory_seq_rm: positions " + range[0] + " to " + range[1],
                    remove.with(2, range[0]).with(3, range[1]));
        }
        byte[] before = subject.state(subject.context());
        for (long[] range : new long[][]{{end, -1}, {2, 2}, {2, 1}, {end, Long.MAX_VALUE}, {Long.MAX_VALUE, 0}}) {
            trial.takes("rwkv_ms_memory_seq_rm: nothing at " + range[0] + " to " + range[1],
                    remove.with(2, range[0]).with(3, range[1]));
        }
        trial.require(Arrays.equals(subject.state(subject.context()), before),
                "rwkv_ms_memory_seq_rm of nothing", "changed the state");
        trial.refuses(MUTATION, "rwkv_ms_memory_seq_cp", of.call("rwkv_ms_memory_seq_cp", 7, -7, 0L, 0L));
        trial.refuses(MUTATION, "rwkv_ms_memory_seq_keep", of.call("rwkv_ms_memory_seq_keep", 7));
        trial.refuses(MUTATION, "rwkv_ms_memory_seq_add", of.call("rwkv_ms_memory_seq_add", 7, 0L, 0L, 0L));
        trial.refuses(MUTATION, "rwkv_ms_memory_seq_div by 0", of.call("rwkv_ms_memory_seq_div", 0, 0L, -1L, 0));
    }
}
