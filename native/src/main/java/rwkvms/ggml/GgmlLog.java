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

/** The log of ggml or llama.cpp, kept instead of printed: only it has the reason of a refusal. */
public final class GgmlLog {
    /**
     * The maximum of bytes read per line and of characters kept, which are the last ones. An upcall must not throw, so
     * the memory must not run out.
     */
    private static final int LIMIT = 16_384;

    /** {@code GGML_LOG_LEVEL_ERROR}. */
    private static final int ERROR = 4;

    private final StringBuilder lines = new StringBuilder();
    private volatile boolean echoes;

    private final MemorySegment callback;

    private GgmlLog() {
        FunctionDescriptor descriptor = FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, ADDRESS);
        try {
            MethodHandle add = MethodHandles.lookup().findVirtual(GgmlLog.class, "add",
                    MethodType.methodType(void.class, int.class, MemorySegment.class)).bindTo(this);
            MethodHandle addText = MethodHandles.dropArguments(add, 2, MemorySegment.class);
            this.callback = Linker.nativeLinker().upcallStub(addText, descriptor, Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the method add is in this class", e);
        }
    }

    /** Makes a log that is ggml's for the whole process. */
    static GgmlLog install(Libraries libraries) {
        GgmlLog log = new GgmlLog();
        log.installAlsoWith(libraries, "ggml_log_set");
        return log;
    }

    /** Becomes the log of another library too, by a function with the type of {@code ggml_log_set}. */
    public void installAlsoWith(Libraries libraries, String setter) {
        Libraries.call(libraries.action(setter, ADDRESS, ADDRESS), callback, MemorySegment.NULL);
    }

    /**
     * Prints errors on standard error too from now on, for a process that ggml may abort: the reason of an abort is in the log,
     * and would be lost with the process.
     */
    void echo() {
        echoes = true;
    }

    /**
     * Adds a text; ggml calls this (level, text, user data), perhaps from its own threads. Bytes that are not UTF-8,
     * for example in the name of a damaged file, become U+FFFD.
     */
    synchronized void add(int level, MemorySegment text) {
        MemorySegment bytes = text.reinterpret(LIMIT);
        int length = 0;
        while (length < LIMIT && bytes.get(JAVA_BYTE, length) != 0) {
            length++;
        }
        String line = new String(bytes.asSlice(0, length).toArray(JAVA_BYTE),
                StandardCharsets.UTF_8);
        lines.append(line);
        if (echoes && level == ERROR) {
            System.err.print(line);
            System.err.flush();
        }
        if (lines.length() > LIMIT) {
            lines.delete(0, lines.length() - LIMIT);
        }
    }

    /** What was logged since the last call, as one line. */
    public synchronized String take() {
        String text = lines.toString().strip().replace("\n", "; ");
        lines.setLength(0);
        return text.isEmpty() ? "nothing" : text;
    }
}
