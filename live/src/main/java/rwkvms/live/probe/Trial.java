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
 * The calls of one check: what each must end with, and that a refused one leaves its text and changes nothing: no byte of an
 * output, behind an output, or of what is watched.
 */
final class Trial implements AutoCloseable {
    /** In the place of a text, where the function keeps none. */
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
     * @param text    of the last error of the handle that is called
     * @param watched what no refused call may change
     */
    Trial(Supplier<String> text, Supplier<byte[]> watched) {
        this.text = text;
        this.watched = watched;
    }

    /** Where no error is kept and nothing could change. */
    static Trial withoutHandle() {
        return new Trial(() -> NO_TEXT, () -> new byte[0]);
    }

    /** From here on: a function that a library does not have yet answers so, whatever it is asked. */
    void takeUnsupportedToo() {
        unsupportedToo = true;
    }

    Arena arena() {
        return arena;
    }

    /** Memory that only a call which succeeds may write to. It has all of its size, whatever a call is told of it. */
    MemorySegment output(String name, long bytes) {
        GuardedBuffer buffer = new GuardedBuffer(arena, name, bytes);
        buffer.segment().fill(UNTOUCHED);
        outputs.add(buffer);
        return buffer.segment();
    }

    /** Memory for what a call that is right may write, with some around it for one that is not. */
    MemorySegment room(long bytes) {
        return arena.allocate(bytes + 2 * SLACK, SLACK).asSlice(SLACK, bytes);
    }

    /** A struct of the caller's that a refused call leaves as it is. */
    void keep(MemorySegment struct) {
        kept.add(struct);
    }

    /** Room for a handle, which a refused call sets to NULL. */
    MemorySegment handle() {
        return room(HANDLE).fill(UNTOUCHED);
    }

    /** Makes the call and looks at what it left; its status. */
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

    private byte[] snapshot() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(watched.get());
        kept.forEach(struct -> all.writeBytes(struct.toArray(ValueLayout.JAVA_BYTE)));
        return all.toByteArray();
    }

    /** The same of a call that ends with a handle. */
    void refusesHandle(HeaderStatus expected, String what, Call call, MemorySegment out) {
        out.fill(UNTOUCHED);
        refuses(expected, what, call);
        if (!out.get(ValueLayout.ADDRESS, 0).equals(MemorySegment.NULL)) {
            problem(what, "expected *out to be NULL after it");
        }
    }

    /** A buffer that is too short: the text names the size that it needs. */
    void refusesShort(long needed, String what, Call call) {
        int status = refuses(HeaderStatus.SHORT_BUFFER, what, call);
        String found = text.get();
        if (status == HeaderStatus.SHORT_BUFFER.code() && !found.contains(String.valueOf(needed))) {
            problem(what, "expected a text with the needed size " + needed + ", found '" + found + "'");
        }
    }

    /** A call that is right. */
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
