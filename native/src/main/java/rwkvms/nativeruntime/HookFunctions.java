package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The llama.cpp hook and sessions of {@code rwkv_ms.h}, one method each, unchecked. */
final class HookFunctions {
    private final MemorySegment eval;
    private final MethodHandle create;
    private final MethodHandle destroy;
    private final MethodHandle error;
    private final MethodHandle attach;
    private final MethodHandle detach;
    private final MethodHandle check;
    private final MethodHandle counters;
    private final MethodHandle capture;
    private final MethodHandle captured;
    private final MethodHandle sessionSize;
    private final MethodHandle sessionSave;
    private final MethodHandle sessionLoad;
    private final MethodHandle sessionSaveFile;
    private final MethodHandle sessionLoadFile;

    HookFunctions(Functions f) {
        this.eval = f.address("rwkv_ms_hook_eval");
        this.create = f.status("rwkv_ms_hook_create", ADDRESS, ADDRESS, ADDRESS);
        this.destroy = f.find("rwkv_ms_hook_destroy", FunctionDescriptor.ofVoid(ADDRESS));
        this.error = f.status("rwkv_ms_hook_error", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        this.attach = f.status("rwkv_ms_hook_attach", ADDRESS, ADDRESS, ADDRESS);
        this.detach = f.status("rwkv_ms_hook_detach", ADDRESS);
        this.check = f.status("rwkv_ms_hook_check", ADDRESS);
        this.counters = f.status("rwkv_ms_hook_counters", ADDRESS, JAVA_INT, ADDRESS);
        this.capture = f.status("rwkv_ms_hook_capture", ADDRESS, JAVA_LONG);
        this.captured = f.status("rwkv_ms_hook_captured", ADDRESS, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS,
                ADDRESS);
        this.sessionSize = f.status("rwkv_ms_session_size", ADDRESS, JAVA_LONG, ADDRESS);
        this.sessionSave = f.status("rwkv_ms_session_save", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        this.sessionLoad = f.status("rwkv_ms_session_load", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
        this.sessionSaveFile = f.status("rwkv_ms_session_save_file", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        this.sessionLoadFile = f.status("rwkv_ms_session_load_file", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    }

    /** Address of {@code rwkv_ms_hook_eval}, for {@code cb_eval}; its user data is the hook. */
    MemorySegment eval() {
        return eval;
    }

    int create(MemorySegment context, MemorySegment params, MemorySegment out) {
        return Functions.status(create, context, params, out);
    }

    void destroy(MemorySegment hook) {
        Functions.call(destroy, hook);
    }

    String error(MemorySegment hook) {
        return Functions.errorText(error, hook);
    }

    int attach(MemorySegment hook, MemorySegment llama, MemorySegment basePath) {
        return Functions.status(attach, hook, llama, basePath);
    }

    int detach(MemorySegment hook) {
        return Functions.status(detach, hook);
    }

    int check(MemorySegment hook) {
        return Functions.status(check, hook);
    }

    int counters(MemorySegment hook, int layer, MemorySegment counts) {
        return Functions.status(counters, hook, layer, counts);
    }

    int capture(MemorySegment hook, long capacity) {
        return Functions.status(capture, hook, capacity);
    }

    int captured(MemorySegment hook, int layer, MemorySegment name, MemorySegment data, long count,
            MemorySegment tokens, MemorySegment width) {
        return Functions.status(captured, hook, layer, name, data, count, tokens, width);
    }

    int sessionSize(MemorySegment hook, long tokens, MemorySegment size) {
        return Functions.status(sessionSize, hook, tokens, size);
    }

    int sessionSave(MemorySegment hook, MemorySegment tokens, long count, MemorySegment data, long size,
            MemorySegment written) {
        return Functions.status(sessionSave, hook, tokens, count, data, size, written);
    }

    int sessionLoad(MemorySegment hook, MemorySegment data, long size, MemorySegment tokens, long capacity,
            MemorySegment count) {
        return Functions.status(sessionLoad, hook, data, size, tokens, capacity, count);
    }

    int sessionSaveFile(MemorySegment hook, MemorySegment path, MemorySegment tokens, long count) {
        return Functions.status(sessionSaveFile, hook, path, tokens, count);
    }

    int sessionLoadFile(MemorySegment hook, MemorySegment path, MemorySegment tokens, long capacity,
            MemorySegment count) {
        return Functions.status(sessionLoadFile, hook, path, tokens, capacity, count);
    }
}
