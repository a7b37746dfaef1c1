package rwkvms.live.probe;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import rwkvms.nativeruntime.GuardedBuffer;
import rwkvms.report.Outcome;
import rwkvms.runtime.RuntimeFailure;

/**
 * The calls of one check. Each must end with its status, and a refused call must leave an error text and change
 * nothing: no byte in an output, after it, or in what is watched.
 */
final class Trial implements AutoCloseable {
    /** The error text of functions that keep none. */
    static final String NO_TEXT = "none is kept";

    private static final byte UNTOUCHED = 0x5A;
    private static final long SLACK = 256;
    private static final long HANDLE = ValueLayout.ADDRESS.byteSize();

    private final Arena arena = Arena.ofConfined();
    private final List<String> problems = new ArrayList<>();
    private final List<GuardedBuffer> outputs = new ArrayList<>();
    private final List<MemorySegment> kept = new ArrayList<>();
    private final Supplier<String> text;
    private final Supplier<byte[]> watched;
    private boolean unsupportedToo;

    /**
     * A trial without calls.
     *
     * @param text    the last error of the handle that is called
     * @param watched what a refused call must not change
     */
    Trial(Supplier<String> text, Supplier<byte[]> watched) {
        this.text = text;
        this.watched = watched;
    }

    /** A trial of functions that keep no error and can change nothing. */
    static Trial withoutHandle() {
        return new Trial(() -> NO_TEXT, () -> new byte[0]);
    }

    /** From here on takes RWKV_MS_E_UNSUPPORTED too: so answers a function that a library does not have yet. */
    void takeUnsupportedToo() {
        unsupportedToo = true;
    }

    Arena arena() {
        return arena;
    }

    /** Memory that only a successful call may write to. It has its full size even if a call is told a smaller one. */
    MemorySegment output(String name, long bytes) {
        GuardedBuffer buffer = new GuardedBuffer(arena, name, bytes);
        buffer.segment().fill(UNTOUCHED);
        outputs.add(buffer);
        return buffer.segment();
    }

    /** Memory that a right call may write to, with some slack around it for a wrong one. */
    MemorySegment room(long bytes) {
        return arena.allocate(bytes + 2 * SLACK, SLACK).asSlice(SLACK, bytes);
    }

    /** Watches a struct, which a refused call must not change. */
    void keep(MemorySegment struct) {
        kept.add(struct);
    }

    /** Memory for a handle, which a refused call must set to NULL. */
    MemorySegment handle() {
        return room(HANDLE).fill(UNTOUCHED);
    }

    /** Makes a call that must be refused, checks what it left, and returns its status. */
    int refuses(HeaderStatus expected, String what, Call call) {
        byte[] before = snapshot();
        int status = call.run();
        boolean lacking = unsupportedToo && status == HeaderStatus.UNSUPPORTED.code();
        if (status != expected.code() && !lacking) {
            problem(what, "expected " + expected.label() + ", found " + HeaderStatus.label(status));
        } else {
            requireText(what);
        }
        requireUntouched(what, status);
        if (!Arrays.equals(snapshot(), before)) {
            problem(what, "the refused call changed what it must leave");
        }
        return status;
    }

    /** Makes a call that must be refused for each of these values of one argument. */
    void refusesEach(HeaderStatus expected, String what, Call good, int index, Object... values) {
        for (Object value : values) {
            refuses(expected, what + value, good.with(index, value));
        }
    }

    /** Makes a call whose second argument is a layer that the sidecar does not have. */
    void refusesLayers(String what, Call good) {
        refusesEach(HeaderStatus.NO_LAYER, what, good, 1, Subject.NO_LAYER, -1, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private byte[] snapshot() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(watched.get());
        kept.forEach(struct -> all.writeBytes(struct.toArray(ValueLayout.JAVA_BYTE)));
        return all.toByteArray();
    }

    /** Makes a call that must be refused and set its handle to NULL. */
    void refusesHandle(HeaderStatus expected, String what, Call call, MemorySegment out) {
        out.fill(UNTOUCHED);
        refuses(expected, what, call);
        if (!out.get(ValueLayout.ADDRESS, 0).equals(MemorySegment.NULL)) {
            problem(what, "expected *out to be NULL after it");
        }
    }

    /** Makes a call with a short buffer: the error text must name the needed size. */
    void refusesShort(long needed, String what, Call call) {
        int status = refuses(HeaderStatus.SHORT_BUFFER, what, call);
        String found = text.get();
        if (status == HeaderStatus.SHORT_BUFFER.code() && !found.contains(String.valueOf(needed))) {
            problem(what, "expected a text with the needed size " + needed + ", found '" + found + "'");
        }
    }

    /** Makes a call with each of these sizes of a buffer, all of them too short. */
    void refusesShort(long needed, String what, Call good, int index, long... sizes) {
        for (long size : sizes) {
            refusesShort(needed, what + size, good.with(index, size));
        }
    }

    /** Makes a call that must succeed. */
    void takes(String what, Call call) {
        int status = call.run();
        if (status != HeaderStatus.OK.code()) {
            problem(what, "expected RWKV_MS_OK, found " + HeaderStatus.label(status));
        }
        outputs.forEach(buffer -> requireGuards(what, buffer));
        outputs.forEach(buffer -> buffer.segment().fill(UNTOUCHED));
    }

    void require(boolean holds, String what, String problem) {
        if (!holds) {
            problem(what, problem);
        }
    }

    private void problem(String what, String problem) {
        problems.add(what + ": " + problem);
    }

    private void requireText(String what) {
        String found = text.get();
        if (found.isEmpty() || found.contains("\n")) {
            problem(what, "expected an error text of one line, found '" + found.replace("\n", "\\n") + "'");
        }
    }

    private void requireUntouched(String what, int status) {
        for (GuardedBuffer buffer : outputs) {
            requireGuards(what, buffer);
            if (status != HeaderStatus.OK.code() && !isUntouched(buffer.segment())) {
                problem(what, "the refused call wrote to " + buffer.name());
            }
            buffer.segment().fill(UNTOUCHED);
        }
    }

    private static boolean isUntouched(MemorySegment segment) {
        for (byte value : segment.toArray(ValueLayout.JAVA_BYTE)) {
            if (value != UNTOUCHED) {
                return false;
            }
        }
        return true;
    }

    private void requireGuards(String what, GuardedBuffer buffer) {
        try {
            buffer.checkGuards();
        } catch (RuntimeFailure e) {
            problem(what, String.valueOf(e.getMessage()));
        }
    }

    Outcome outcome() {
        return Outcome.of(problems);
    }

    @Override
    public void close() {
        arena.close();
    }
}
