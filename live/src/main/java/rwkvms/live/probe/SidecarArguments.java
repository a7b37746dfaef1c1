package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;
import static rwkvms.live.probe.HeaderStatus.FILE_UNREADABLE;
import static rwkvms.live.probe.HeaderStatus.SEQUENCES;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The arguments that the functions of a sidecar, and the one that makes a context of it, must refuse. */
final class SidecarArguments {
    private static final long FINGERPRINT = 32;

    private SidecarArguments() {
    }

    static void open(Subject subject, MemorySegment runtime, Path work, Trial trial) {
        MemorySegment out = trial.handle();
        MemorySegment path = trial.arena().allocateFrom(subject.file().path().toString());
        Call good = Call.of(subject.library(), "rwkv_ms_sidecar_open", runtime, path, MemorySegment.NULL, 0, out);
        trial.refusesHandle(ARGUMENT, "path NULL", good.withNull(1), out);
        trial.refuses(ARGUMENT, "out NULL", good.withNull(4));
        for (int flags : new int[]{1, Integer.MIN_VALUE, -1}) {
            trial.refusesHandle(ARGUMENT, "flags " + Integer.toUnsignedString(flags), good.with(3, flags), out);
        }
        for (Path wrong : new Path[]{work, work.resolve("no-such-file"), subject.file().path().resolve("below")}) {
            trial.refusesHandle(FILE_UNREADABLE, "path " + wrong.getFileName(),
                    good.with(1, trial.arena().allocateFrom(wrong.toString())), out);
        }
    }

    static void questions(Subject subject, Trial trial) {
        HeaderCalls library = subject.library();
        trial.refuses(ARGUMENT, "rwkv_ms_sidecar_config: config NULL",
                Call.of(library, "rwkv_ms_sidecar_config", subject.sidecar(), MemorySegment.NULL));
        MemorySegment fingerprint = trial.output("fingerprint", FINGERPRINT);
        Call bytes = Call.of(library, "rwkv_ms_sidecar_fingerprint", subject.sidecar(), fingerprint, FINGERPRINT);
        trial.refuses(ARGUMENT, "rwkv_ms_sidecar_fingerprint: fingerprint NULL", bytes.withNull(1));
        trial.refusesShort(FINGERPRINT, "rwkv_ms_sidecar_fingerprint: size ", bytes, 2, 0, 1, FINGERPRINT - 1);
        trial.takes("rwkv_ms_sidecar_fingerprint: more room", bytes.with(2, Long.MAX_VALUE));
        widths(subject, trial);
        layers(subject, trial);
    }

    private static void widths(Subject subject, Trial trial) {
        MemorySegment width = trial.output("width", Integer.BYTES);
        Call good = Call.of(subject.library(), "rwkv_ms_sidecar_delta_width", subject.sidecar(), Subject.LAYER, 1,
                width);
        trial.refuses(ARGUMENT, "rwkv_ms_sidecar_delta_width: width NULL", good.withNull(3));
        trial.refusesEach(ARGUMENT, "rwkv_ms_sidecar_delta_width: head ", good, 2, 0, 3, 16, -1, Integer.MIN_VALUE);
        trial.refusesLayers("rwkv_ms_sidecar_delta_width: layer ", good);
    }

    private static void layers(Subject subject, Trial trial) {
        long count = subject.file().layers().size();
        MemorySegment layers = trial.output("layers", count * Integer.BYTES);
        MemorySegment needed = trial.room(Long.BYTES);
        Call good = Call.of(subject.library(), "rwkv_ms_sidecar_layers", subject.sidecar(), layers, count, needed);
        for (long room : new long[]{0, count - 1}) {
            needed.set(JAVA_LONG, 0, 0);
            trial.refusesShort(count, "rwkv_ms_sidecar_layers: count " + room, good.with(2, room));
            trial.require(needed.get(JAVA_LONG, 0) == count, "rwkv_ms_sidecar_layers: needed of count " + room,
                    "expected " + count + ", found " + needed.get(JAVA_LONG, 0));
        }
        trial.refuses(ARGUMENT, "rwkv_ms_sidecar_layers: layers NULL", good.withNull(1));
        trial.refusesShort(count, "rwkv_ms_sidecar_layers: layers NULL, count 0", good.withNull(1).with(2, 0L));
        trial.takes("rwkv_ms_sidecar_layers: needed NULL", good.withNull(3));
    }

    static void context(Subject subject, Trial trial) {
        MemorySegment out = trial.handle();
        Call good = Call.of(subject.library(), "rwkv_ms_context_create", subject.sidecar(),
                Subject.contextParams(trial.arena(), 1, -1), out);
        trial.refusesHandle(ARGUMENT, "params NULL", good.withNull(1), out);
        trial.refuses(ARGUMENT, "out NULL", good.withNull(2));
        for (int sequences : new int[]{0, 2, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            trial.refusesHandle(SEQUENCES, "n_sequences " + sequences,
                    good.with(1, Subject.contextParams(trial.arena(), sequences, -1)), out);
        }
        for (int topK : new int[]{-2, Integer.MIN_VALUE}) {
            trial.refusesHandle(ARGUMENT, "read_top_k " + topK,
                    good.with(1, Subject.contextParams(trial.arena(), 1, topK)), out);
        }
    }
}
