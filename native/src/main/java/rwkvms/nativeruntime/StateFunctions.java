package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Fingerprint, state payload and host memory of {@code rwkv_ms.h}, one method each, unchecked. */
final class StateFunctions {
    private final MethodHandle fingerprint;
    private final MethodHandle size;
    private final MethodHandle save;
    private final MethodHandle load;
    private final MethodHandle clear;
    private final MethodHandle remove;
    private final MethodHandle copy;
    private final MethodHandle keep;
    private final MethodHandle add;
    private final MethodHandle divide;

    StateFunctions(Functions f) {
        this.fingerprint = f.status("rwkv_ms_sidecar_fingerprint", ADDRESS, ADDRESS, JAVA_LONG);
        this.size = f.status("rwkv_ms_state_size", ADDRESS, ADDRESS);
        this.save = f.status("rwkv_ms_state_save", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        this.load = f.status("rwkv_ms_state_load", ADDRESS, ADDRESS, JAVA_LONG);
        this.clear = f.status("rwkv_ms_memory_clear", ADDRESS);
        this.remove = f.status("rwkv_ms_memory_seq_rm", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG);
        this.copy = f.status("rwkv_ms_memory_seq_cp", ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
        this.keep = f.status("rwkv_ms_memory_seq_keep", ADDRESS, JAVA_INT);
        this.add = f.status("rwkv_ms_memory_seq_add", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        this.divide = f.status("rwkv_ms_memory_seq_div", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    }

    int fingerprint(MemorySegment sidecar, MemorySegment out, long bytes) {
        return Functions.status(fingerprint, sidecar, out, bytes);
    }

    int size(MemorySegment context, MemorySegment out) {
        return Functions.status(size, context, out);
    }

    int save(MemorySegment context, MemorySegment data, long bytes, MemorySegment written) {
        return Functions.status(save, context, data, bytes, written);
    }

    int load(MemorySegment context, MemorySegment data, long bytes) {
        return Functions.status(load, context, data, bytes);
    }

    int clear(MemorySegment context) {
        return Functions.status(clear, context);
    }

    int remove(MemorySegment context, int sequence, long from, long to) {
        return Functions.status(remove, context, sequence, from, to);
    }

    int copy(MemorySegment context, int source, int target, long from, long to) {
        return Functions.status(copy, context, source, target, from, to);
    }

    int keep(MemorySegment context, int sequence) {
        return Functions.status(keep, context, sequence);
    }

    int add(MemorySegment context, int sequence, long from, long to, long delta) {
        return Functions.status(add, context, sequence, from, to, delta);
    }

    int divide(MemorySegment context, int sequence, long from, long to, int divisor) {
        return Functions.status(divide, context, sequence, from, to, divisor);
    }
}
