package rwkvms.live.probe;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static rwkvms.live.probe.HeaderStatus.ARGUMENT;
import static rwkvms.live.probe.HeaderStatus.SHORT_BUFFER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import rwkvms.nativeruntime.Layouts;

/** The arguments that the functions of identity and runtime must refuse. */
final class RuntimeArguments {
    private static final long TEXT = 8192;
    private static final int MAX_THREADS = 512;
    private static final int CUT = 8;

    private RuntimeArguments() {
    }

    static void names(HeaderCalls library, Trial trial) {
        for (HeaderStatus status : HeaderStatus.values()) {
            requireName(library, trial, status.code(), status.label());
        }
        for (int code : new int[]{-1, 10, 99, 4711, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            requireName(library, trial, code, "unknown");
        }
    }

    private static void requireName(HeaderCalls library, Trial trial, int code, String expected) {
        String found = library.text("rwkv_ms_status_name", code);
        trial.require(found.equals(expected), "rwkv_ms_status_name(" + code + ")",
                "expected " + expected + ", found '" + found + "'");
    }

    /** Checks a function whose last three arguments are a text, its size and the needed size. */
    static void text(Trial trial, Call call) {
        int room = call.arguments().size() - 2;
        Call good = call.withNull(room + 1).with(room - 1, trial.output("text", TEXT)).with(room, TEXT);
        MemorySegment needed = trial.room(Long.BYTES);
        Call asking = good.withNull(room - 1).with(room, 0L).with(room + 1, needed);
        trial.refuses(SHORT_BUFFER, "text NULL, size 0", asking);
        long size = needed.get(JAVA_LONG, 0);
        trial.require(size > 1 && size < TEXT, "needed", "expected the size of the text, found " + size);
        trial.refuses(ARGUMENT, "text NULL, size 16", good.withNull(room - 1).with(room, 16L));
        for (long shorter : new long[]{0, 1, size - 1}) {
            needed.set(JAVA_LONG, 0, 0);
            trial.refuses(SHORT_BUFFER, "size " + shorter, good.with(room, shorter).with(room + 1, needed));
            trial.require(needed.get(JAVA_LONG, 0) == size, "needed of size " + shorter,
                    "expected " + size + ", found " + needed.get(JAVA_LONG, 0));
        }
        trial.takes("exactly its size", good.with(room, size));
    }

    static void create(HeaderCalls library, Trial trial) {
        MemorySegment out = trial.handle();
        MemorySegment error = trial.room(TEXT);
        Call good = Call.of(library, "rwkv_ms_runtime_create", params(trial.arena(), 1, 0), out, error, TEXT);
        trial.refusesHandle(ARGUMENT, "params NULL", good.withNull(0), out);
        trial.refuses(ARGUMENT, "out NULL", good.withNull(1));
        for (int threads : new int[]{0, -1, Integer.MIN_VALUE, MAX_THREADS + 1, Integer.MAX_VALUE}) {
            error.fill((byte) 0);
            trial.refusesHandle(ARGUMENT, "n_threads " + threads, good.with(0, params(trial.arena(), threads, 0)), out);
            trial.require(!error.getString(0).isEmpty(), "n_threads " + threads,
                    "expected a text in error, found none");
        }
        trial.refusesHandle(ARGUMENT, "reserved 1", good.with(0, params(trial.arena(), 1, 1)), out);
        Call bad = good.with(0, params(trial.arena(), 0, 0));
        trial.refusesHandle(ARGUMENT, "n_threads 0, error NULL", bad.withNull(2).with(3, 0L), out);
        trial.refusesHandle(ARGUMENT, "n_threads 0, error NULL with a size", bad.withNull(2), out);
        MemorySegment none = trial.output("error of size 0", CUT);
        trial.refusesHandle(ARGUMENT, "n_threads 0, error_size 0", bad.with(2, none).with(3, 0L), out);
        cut(trial, bad, out);
    }

    private static void cut(Trial trial, Call bad, MemorySegment out) {
        MemorySegment room = trial.room(2L * CUT).fill((byte) 'x');
        trial.refusesHandle(ARGUMENT, "n_threads 0, error_size " + CUT, bad.with(2, room).with(3, (long) CUT), out);
        byte[] found = room.toArray(JAVA_BYTE);
        trial.require(found[CUT - 1] == 0 && found[0] != 0 && found[0] != 'x', "error_size " + CUT,
                "expected a text of " + (CUT - 1) + " bytes and its NUL");
        trial.require(found[CUT] == 'x', "error_size " + CUT, "expected nothing written behind error_size");
    }

    static MemorySegment params(Arena arena, int threads, int reserved) {
        MemorySegment params = arena.allocate(Layouts.RUNTIME_PARAMS);
        Layouts.setInt(params, Layouts.RUNTIME_PARAMS, "n_threads", threads);
        Layouts.setInt(params, Layouts.RUNTIME_PARAMS, "reserved", reserved);
        return params;
    }

    /** A second runtime; NULL if the library makes none. */
    static MemorySegment another(HeaderCalls library, Arena arena) {
        MemorySegment out = arena.allocate(ADDRESS);
        library.status("rwkv_ms_runtime_create", params(arena, 1, 0), out, MemorySegment.NULL, 0L);
        return out.get(ADDRESS, 0);
    }
}
