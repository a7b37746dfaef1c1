package rwkvms.ggml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;

/** What ggml or llama.cpp logs, kept instead of printed: a refusal's reason stands nowhere else. */
public final class GgmlLog {
    /** Bytes of a line that are read, and characters kept in all, the last ones. An upcall must not throw, so it must not run out. */
    private static final int LIMIT = 16_384;

    private final StringBuilder lines = new StringBuilder();

    private final MemorySegment callback;

    private GgmlLog() {
        FunctionDescriptor descriptor = FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS);
        try {
            MethodHandle add = MethodHandles.lookup().findVirtual(GgmlLog.class, "add",
                    MethodType.methodType(void.class, MemorySegment.class)).bindTo(this);
            MethodHandle addText = MethodHandles
                    .dropArguments(MethodHandles.dropArguments(add, 1, MemorySegment.class), 0, int.class);
            this.callback = Linker.nativeLinker().upcallStub(addText, descriptor, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the method add is in this class", e);
        }
    }

    /** Becomes ggml's log for the whole process. */
    static GgmlLog install(Libraries libraries) {
        GgmlLog log = new GgmlLog();
        log.installAlsoWith(libraries, "ggml_log_set");
        return log;
    }

    /** Becomes the log of another library too, through its function of the type of {@code ggml_log_set}. */
    public void installAlsoWith(Libraries libraries, String setter) {
        Libraries.call(libraries.action(setter, ADDRESS, ADDRESS), callback, MemorySegment.NULL);
    }

    /** Called by ggml (level, text, user data), maybe from its own threads. Bytes that are no text, as a damaged file's name, become U+FFFD. */
    synchronized void add(MemorySegment text) {
        MemorySegment bytes = text.reinterpret(LIMIT);
        int length = 0;
        while (length < LIMIT && bytes.get(JAVA_BYTE, length) != 0) {
            length++;
        }
        String line = new String(bytes.asSlice(0, length).toArray(JAVA_BYTE),
                StandardCharsets.UTF_8);
        lines.append(line);
        if (lines.length() > LIMIT) {
            lines.delete(0, lines.length() - LIMIT);
        }
    }

    /** What was logged since the last call, on one line. */
    public synchronized String take() {
        String text = lines.toString().strip().replace("\n", "; ");
        lines.setLength(0);
        return text.isEmpty() ? "nothing" : text;
    }
}
