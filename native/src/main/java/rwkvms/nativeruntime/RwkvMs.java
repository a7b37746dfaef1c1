package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The functions of {@code rwkv_ms.h} in a loaded library, one method each, with the types of the header. No checks beyond
 * ABI version and struct layouts at load: those are for the classes above it, and for tests that call it wrongly on purpose.
 */
public final class RwkvMs {
    /** The ABI version this binding was written for. */
    public static final int ABI_VERSION = 2;

    private final Path library;
    private final MethodHandle statusName;
    private final MethodHandle version;
    private final MethodHandle runtimeCreate;
    private final MethodHandle runtimeDestroy;
    private final MethodHandle runtimeError;
    private final MethodHandle buildInfo;
    private final MethodHandle sidecarOpen;
    private final MethodHandle sidecarClose;
    private final MethodHandle sidecarError;
    private final MethodHandle sidecarDeltaWidth;
    private final MethodHandle contextCreate;
    private final MethodHandle contextDestroy;
    private final MethodHandle contextError;
    private final MethodHandle contextReset;
    private final MethodHandle forward;
    private final MethodHandle tap;
    private final MethodHandle stateGet;
    private final MethodHandle stateSet;
    private final MethodHandle scan;
    private final StateFunctions state;
    private final HookFunctions hook;

    private RwkvMs(Path library, SymbolLookup symbols) {
        this.library = library;
        Functions f = new Functions(library, symbols);
        checkAbi(f);
        this.statusName = f.find("rwkv_ms_status_name", FunctionDescriptor.of(ADDRESS, JAVA_INT));
        this.version = f.find("rwkv_ms_version", FunctionDescriptor.of(ADDRESS));
        this.runtimeCreate = f.status("rwkv_ms_runtime_create", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        this.runtimeDestroy = f.find("rwkv_ms_runtime_destroy", FunctionDescriptor.ofVoid(ADDRESS));
        this.runtimeError = f.status("rwkv_ms_runtime_error", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        this.buildInfo = f.status("rwkv_ms_build_info", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        this.sidecarOpen = f.status("rwkv_ms_sidecar_open", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
        this.sidecarClose = f.find("rwkv_ms_sidecar_close", FunctionDescriptor.ofVoid(ADDRESS));
        this.sidecarError = f.status("rwkv_ms_sidecar_error", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        this.sidecarDeltaWidth = f.status("rwkv_ms_sidecar_delta_width", ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
        this.contextCreate = f.status("rwkv_ms_context_create", ADDRESS, ADDRESS, ADDRESS);
        this.contextDestroy = f.find("rwkv_ms_context_destroy", FunctionDescriptor.ofVoid(ADDRESS));
        this.contextError = f.status("rwkv_ms_context_error", ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
        this.contextReset = f.status("rwkv_ms_context_reset", ADDRESS);
        this.forward = f.status("rwkv_ms_forward", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT,
                ADDRESS);
        this.tap = f.status("rwkv_ms_tap", ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        this.stateGet = f.status("rwkv_ms_state_get", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG,
                ADDRESS);
        this.stateSet = f.status("rwkv_ms_state_set", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG,
                ADDRESS);
        this.scan = f.status("rwkv_ms_scan", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        this.state = new StateFunctions(f);
        this.hook = new HookFunctions(f);
    }

    /**
     * Loads a library for the rest of the process.
     *
     * @throws IncompatibleLibraryException where it cannot be loaded, lacks a function or has another ABI
     */
    public static RwkvMs load(Path library) {
        ExitGuard.raise();
        return new RwkvMs(library, DynamicLinker.load(library));
    }

    private static void checkAbi(Functions f) {
        int abi = (int) Functions.call(f.find("rwkv_ms_abi_version", FunctionDescriptor.of(JAVA_INT)));
        if (abi != ABI_VERSION) {
            throw new IncompatibleLibraryException(f.library() + ": rwkv_ms_abi_version: expected " + ABI_VERSION
                    + ", found " + abi + "; build it against the rwkv_ms.h of this suite");
        }
        MethodHandle layout = f.status("rwkv_ms_layout", ADDRESS, JAVA_LONG, ADDRESS);
        Layouts.check(String.valueOf(f.library()), Functions.text(
                (buffer, size, needed) -> (int) Functions.call(layout, buffer, size, needed)));
    }

    /** Fingerprint, state payload and host memory. */
    StateFunctions state() {
        return state;
    }

    /** The llama.cpp hook and sessions. */
    HookFunctions hook() {
        return hook;
    }

    public Path library() {
        return library;
    }

    public String version() {
        return string((MemorySegment) Functions.call(version));
    }

    /** Name of a status code. */
    public String statusName(int status) {
        return string((MemorySegment) Functions.call(statusName, status));
    }

    int runtimeCreate(MemorySegment params, MemorySegment out, MemorySegment error) {
        return (int) Functions.call(runtimeCreate, params, out, error, error.byteSize());
    }

    void runtimeDestroy(MemorySegment runtime) {
        Functions.call(runtimeDestroy, runtime);
    }

    String runtimeError(MemorySegment runtime) {
        return Functions.errorText(runtimeError, runtime);
    }

    String buildInfo(MemorySegment runtime) {
        return Functions.errorText(buildInfo, runtime);
    }

    int sidecarOpen(MemorySegment runtime, MemorySegment path, MemorySegment base, int flags, MemorySegment out) {
        return (int) Functions.call(sidecarOpen, runtime, path, base, flags, out);
    }

    void sidecarClose(MemorySegment sidecar) {
        Functions.call(sidecarClose, sidecar);
    }

    String sidecarError(MemorySegment sidecar) {
        return Functions.errorText(sidecarError, sidecar);
    }

    int sidecarDeltaWidth(MemorySegment sidecar, int layer, int head, MemorySegment width) {
        return (int) Functions.call(sidecarDeltaWidth, sidecar, layer, head, width);
    }

    int contextCreate(MemorySegment sidecar, MemorySegment params, MemorySegment out) {
        return (int) Functions.call(contextCreate, sidecar, params, out);
    }

    void contextDestroy(MemorySegment context) {
        Functions.call(contextDestroy, context);
    }

    String contextError(MemorySegment context) {
        return Functions.errorText(contextError, context);
    }

    int contextReset(MemorySegment context) {
        return (int) Functions.call(contextReset, context);
    }

    /** Called exactly, without boxing: at one token the call itself would be seen beside what it computes. */
    int forward(MemorySegment context, int layer, MemorySegment hidden, long hiddenCount, MemorySegment mask,
            int tokens, int flags, MemorySegment deltas) {
        try {
            return (int) forward.invokeExact(context, layer, hidden, hiddenCount, mask, tokens, flags, deltas);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw Functions.unexpected(e);
        }
    }

    int tap(MemorySegment context, MemorySegment name, MemorySegment info, MemorySegment data, long size) {
        return (int) Functions.call(tap, context, name, info, data, size);
    }

    int stateGet(MemorySegment context, int layer, MemorySegment state, long stateCount, MemorySegment source,
            long sourceCount, MemorySegment position) {
        return (int) Functions.call(stateGet, context, layer, state, stateCount, source, sourceCount, position);
    }

    int stateSet(MemorySegment context, int layer, MemorySegment state, long stateCount, MemorySegment source,
            long sourceCount, MemorySegment position) {
        return (int) Functions.call(stateSet, context, layer, state, stateCount, source, sourceCount, position);
    }

    int scan(MemorySegment runtime, MemorySegment config, MemorySegment input, MemorySegment output) {
        return (int) Functions.call(scan, runtime, config, input, output);
    }

    private static String string(MemorySegment pointer) {
        return pointer.equals(MemorySegment.NULL) ? "(null)" : pointer.reinterpret(Functions.TEXT_SIZE).getString(0);
    }
}
