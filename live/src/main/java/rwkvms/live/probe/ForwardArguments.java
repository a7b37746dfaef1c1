package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import rwkvms.nativeruntime.Layouts;
import rwkvms.sidecar.synthesis.SyntheticSidecar;

/** The arguments that {@code rwkv_ms_forward} must refuse, each wrong in one way. */
final class ForwardArguments {

    private static final int HIDDEN = 2;
    private static final int HIDDEN_COUNT = 3;
    private static final int MASK = 4;
    private static final int N_TOKENS = 5;
    private static final int FLAGS = 6;
    private static final int DELTAS = 7;
    private static final int LEGACY = 2;
    private static final int STEP_TRACE = 8;

    private final Subject subject;
    private final Trial trial;
    private final MemorySegment hidden;
    private final MemorySegment q;
    private final MemorySegment o;
    private final MemorySegment deltas;
    private final Call good;

    private ForwardArguments(Subject subject, Trial trial) {
        this.subject = subject;
        this.trial = trial;
        this.hidden = Subject.hidden(trial.arena());
        this.q = trial.output("delta_q", Subject.bytesOfQ());
        this.o = trial.output("delta_o", Subject.bytesOfO());
        this.deltas = Subject.deltas(trial.arena(), q, o);
        this.good = Call.of(subject.library(), "rwkv_ms_forward", subject.context(), Subject.LAYER, hidden,
                Subject.HIDDEN,
                MemorySegment.NULL, Subject.TOKENS, 0, deltas);
    }

    static void nulls(Subject subject, Trial trial) {
        ForwardArguments of = new ForwardArguments(subject, trial);
        trial.refuses(ARGUMENT, "hidden NULL", of.good.withNull(HIDDEN));
        trial.refuses(ARGUMENT, "deltas NULL", of.good.withNull(DELTAS));
        trial.refuses(ARGUMENT, "deltas.q NULL with a length",
                of.withDeltas(changed -> Layouts.setAddress(changed, Layouts.DELTAS, "q", MemorySegment.NULL)));
        trial.takes("deltas.q NULL", of.withDeltas(changed -> {
            Layouts.setAddress(changed, Layouts.DELTAS, "q", MemorySegment.NULL);
            Layouts.setLong(changed, Layouts.DELTAS, "q_count", 0);
        }));
    }

    static void lengths(Subject subject, Trial trial) {
        ForwardArguments of = new ForwardArguments(subject, trial);
        for (long count : new long[]{0, Subject.HIDDEN - 1, Subject.HIDDEN + 1, -1, Long.MAX_VALUE}) {
            trial.refuses(ARGUMENT, "hidden_count " + Long.toUnsignedString(count), of.good.with(HIDDEN_COUNT, count));
        }
        for (String head : new String[]{"q", "o"}) {
            long needed = (head.equals("q") ? Subject.bytesOfQ() : Subject.bytesOfO()) / Float.BYTES;
            for (long count : new long[]{0, 1, needed - 1}) {
                trial.refusesShort(needed, "deltas." + head + "_count " + count, of.withDeltas(
                        changed -> Layouts.setLong(changed, Layouts.DELTAS, head + "_count", count)));
            }
        }
        trial.takes("more room than is needed", of.withDeltas(
                changed -> Layouts.setLong(changed, Layouts.DELTAS, "q_count", Long.MAX_VALUE)));
    }

    static void values(Subject subject, Trial trial) {
        ForwardArguments of = new ForwardArguments(subject, trial);
        trial.refusesLayers("layer ", of.good);
        trial.refusesEach(ARGUMENT, "n_tokens ", of.good, N_TOKENS, 0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE,
                Subject.TOKENS + 1);
        for (int flags : new int[]{16, Integer.MIN_VALUE, STEP_TRACE}) {
            trial.refuses(ARGUMENT, "flags " + Integer.toUnsignedString(flags), of.good.with(FLAGS, flags));
        }
        for (int value : new int[]{2, 255}) {
            MemorySegment mask = trial.arena().allocateFrom(JAVA_BYTE, (byte) 1, (byte) 0, (byte) value);
            trial.refuses(ARGUMENT, "a byte " + value + " in mask", of.good.with(MASK, mask));
        }
        trial.refuses(ARGUMENT, "a delta of a head that is not active", of.withDeltas(changed -> {
            Layouts.setAddress(changed, Layouts.DELTAS, "k", trial.output("delta_k", Subject.bytesOfQ()));
            Layouts.setLong(changed, Layouts.DELTAS, "k_count", Subject.bytesOfQ() / Float.BYTES);
        }));
        of.endOfPositions();
    }

    /** Positions whose end would not fit in 64 bits. */
    private void endOfPositions() {
        MemorySegment state = trial.arena().allocate(JAVA_LONG);
        state.set(JAVA_LONG, 0, Long.MAX_VALUE - Subject.TOKENS + 1);
        MemorySegment before = trial.arena().allocate(JAVA_LONG);
        trial.takes("the position to be read", position("rwkv_ms_state_get", before));
        trial.takes("a position near 2^63", position("rwkv_ms_state_set", state));
        trial.refuses(ARGUMENT, "tokens beyond position 2^63 - 1", good);
        trial.takes("the position from before", position("rwkv_ms_state_set", before));
    }

    private Call position(String function, MemorySegment position) {
        return Call.of(subject.library(), function, subject.context(), Subject.LAYER, MemorySegment.NULL, 0L,
                MemorySegment.NULL, 0L, position);
    }

    static void overlaps(Subject subject, Trial trial) {
        ForwardArguments of = new ForwardArguments(subject, trial);
        MemorySegment shared = trial.output("memory of two", 2 * (Subject.bytesOfQ() + Subject.bytesOfO())
                + Subject.HIDDEN * Float.BYTES);
        trial.refuses(ARGUMENT, "hidden on deltas.q",
                of.withDeltas(changed -> Layouts.setAddress(changed, Layouts.DELTAS, "q", shared)).with(HIDDEN,
                        shared));
        trial.refuses(ARGUMENT, "deltas.o on the end of deltas.q", of.withDeltas(changed -> {
            Layouts.setAddress(changed, Layouts.DELTAS, "q", shared);
            Layouts.setAddress(changed, Layouts.DELTAS, "o", shared.asSlice(Subject.bytesOfQ() - Float.BYTES));
        }));
        trial.takes("deltas side by side", of.withDeltas(changed -> {
            Layouts.setAddress(changed, Layouts.DELTAS, "q", shared);
            Layouts.setAddress(changed, Layouts.DELTAS, "o", shared.asSlice(Subject.bytesOfQ()));
        }));
    }

    /** A sidecar of semantics 2, which has no legacy predecessor. */
    static void semantics2(Subject subject, Trial trial) {
        ForwardArguments of = new ForwardArguments(subject, trial);
        trial.refuses(ARGUMENT, "the legacy predecessor", of.good.with(FLAGS, LEGACY));
    }

    static SyntheticSidecar sizesOfSemantics2() {
        return Subject.SIZES.withVersions(2, 2);
    }

    private Call withDeltas(Consumer<MemorySegment> change) {
        MemorySegment changed = trial.arena().allocate(Layouts.DELTAS).copyFrom(deltas);
        change.accept(changed);
        return good.with(DELTAS, changed);
    }
}
