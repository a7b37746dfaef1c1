package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The functions of {@code rwkv_ms.h} in a loaded library, by name, with the types of the header. It checks nothing but the
 * ABI version and the struct layouts at load; the classes above it check the rest.
 */
public final class RwkvMs {
    /** The ABI version that this binding was written for. */
    public static final int ABI_VERSION = 2;

    /** The result, name and arguments of each function: A is an address, I an int32, L an int64, V no result. */
    private static final String FUNCTIONS = """
            A rwkv_ms_status_name I
            A rwkv_ms_version
            I rwkv_ms_runtime_create AAAL
            V rwkv_ms_runtime_destroy A
            I rwkv_ms_runtime_error AALA
            I rwkv_ms_build_info AALA
            I rwkv_ms_sidecar_open AAAIA
            V rwkv_ms_sidecar_close A
            I rwkv_ms_sidecar_error AALA
            I rwkv_ms_sidecar_delta_width AIIA
            I rwkv_ms_context_create AAA
            V rwkv_ms_context_destroy A
            I rwkv_ms_context_error AALA
            I rwkv_ms_context_reset A
            I rwkv_ms_forward AIALAIIA
            I rwkv_ms_tap AAAAL
            I rwkv_ms_state_get AIALALA
            I rwkv_ms_state_set AIALALA
            I rwkv_ms_scan AAAA
            I rwkv_ms_sidecar_fingerprint AAL
            I rwkv_ms_state_size AA
            I rwkv_ms_state_save AALA
            I rwkv_ms_state_load AAL
            I rwkv_ms_memory_clear A
            I rwkv_ms_memory_seq_rm AILL
            I rwkv_ms_memory_seq_cp AIILL
            I rwkv_ms_memory_seq_keep AI
            I rwkv_ms_memory_seq_add AILLL
            I rwkv_ms_memory_seq_div AILLI
            I rwkv_ms_hook_create AAA
            V rwkv_ms_hook_destroy A
            I rwkv_ms_hook_error AALA
            I rwkv_ms_hook_attach AAA
            I rwkv_ms_hook_detach A
            I rwkv_ms_hook_check A
            I rwkv_ms_hook_counters AIA
            I rwkv_ms_hook_capture AL
            I rwkv_ms_hook_captured AIAALAA
            I rwkv_ms_session_size ALA
            I rwkv_ms_session_save AALALA
            I rwkv_ms_session_load AALALA
            I rwkv_ms_session_save_file AAAL
            I rwkv_ms_session_load_file AAALA
            """;

    /** Likewise; a library may lack them. */
    private static final String OPTIONAL = """
            I rwkv_ms_hook_places AIALA
            I rwkv_ms_context_create_on AAAIIA
            I rwkv_ms_context_places AALA
            """;

    private final Path library;
    private final Map<String, NativeFunction> functions = new HashMap<>();
    private final NativeFunction forward;
    private final MemorySegment hookEval;

    private RwkvMs(Path library, SymbolLookup symbols) {
        this.library = library;
        LibraryFunctions f = new LibraryFunctions(library, symbols);
        checkAbi(f);
        Stream.concat(FUNCTIONS.lines(), OPTIONAL.lines()).map(line -> line.split(" "))
                .filter(words -> !OPTIONAL.contains(words[1]) || symbols.find(words[1]).isPresent())
                .forEach(words -> functions.put(words[1], new NativeFunction(f.address(words[1]),
                        descriptor(words[0], words.length > 2 ? words[2] : ""))));
        this.forward = function("rwkv_ms_forward");
        this.hookEval = f.address("rwkv_ms_hook_eval");
    }

    private static FunctionDescriptor descriptor(String result, String arguments) {
        MemoryLayout[] layouts = arguments.chars().mapToObj(RwkvMs::layout).toArray(MemoryLayout[]::new);
        return result.equals("V")
                ? FunctionDescriptor.ofVoid(layouts)
                : FunctionDescriptor.of(layout(result.charAt(0)), layouts);
    }

    private static ValueLayout layout(int letter) {
        return switch (letter) {
            case 'A' -> ADDRESS;
            case 'I' -> JAVA_INT;
            case 'L' -> JAVA_LONG;
            default -> throw new IllegalArgumentException("no type: " + (char) letter);
        };
    }

    /**
     * Loads a library for the rest of the process.
     *
     * @throws IncompatibleLibraryException if it cannot be loaded, lacks a function or has another ABI
     */
    public static RwkvMs load(Path library) {
        ExitGuard.raise();
        return new RwkvMs(library, DynamicLinker.load(library));
    }

    private static void checkAbi(LibraryFunctions f) {
        int abi = (int) f.find("rwkv_ms_abi_version", FunctionDescriptor.of(JAVA_INT)).call();
        if (abi != ABI_VERSION) {
            throw new IncompatibleLibraryException(f.library() + ": rwkv_ms_abi_version: expected " + ABI_VERSION
                    + ", found " + abi + "; build it against the rwkv_ms.h of this suite");
        }
        NativeFunction layout = f.find("rwkv_ms_layout", descriptor("I", "ALA"));
        Layouts.check(String.valueOf(f.library()), LibraryFunctions.text(
                (buffer, size, needed) -> (int) layout.call(buffer, size, needed)));
    }

    /** Whether the library has a function that it may lack. */
    boolean offers(String optional) {
        return functions.containsKey(optional);
    }

    private NativeFunction function(String name) {
        return Objects.requireNonNull(functions.get(name), name);
    }

    public Path library() {
        return library;
    }

    /** The address of {@code rwkv_ms_hook_eval}, for {@code cb_eval}; its user data is the hook. */
    MemorySegment hookEval() {
        return hookEval;
    }

    public String version() {
        return string((MemorySegment) function("rwkv_ms_version").call());
    }

    /** The name of a status code. */
    public String statusName(int status) {
        return string((MemorySegment) function("rwkv_ms_status_name").call(status));
    }

    /** Calls a function that returns a status. */
    int status(String function, MemorySegment first, Object... more) {
        Object[] arguments = new Object[more.length + 1];
        arguments[0] = first;
        System.arraycopy(more, 0, arguments, 1, more.length);
        return (int) function(function).call(arguments);
    }

    /** Calls a function that fills a text buffer. */
    String text(String function, MemorySegment handle) {
        return LibraryFunctions.text((buffer, size, needed) -> status(function, handle, buffer, size, needed));
    }

    /** Calls a function that destroys a handle. */
    void destroy(String function, MemorySegment handle) {
        function(function).call(handle);
    }

    /** {@link NativeException} unless a call succeeded; {@code error} names the function for the text of its handle. */
    void check(String call, int status, String error, MemorySegment handle) {
        if (status != Status.OK) {
            throw new NativeException(call, status, statusName(status), text(error, handle));
        }
    }

    /** Calls exactly, without boxing: at one token the cost of the call would show beside that of the computation. */
    int forward(MemorySegment context, int layer, MemorySegment hidden, long hiddenCount, MemorySegment mask,
            int tokens, int flags, MemorySegment deltas) {
        try {
            return (int) forward.callWords(NativeFunction.address(context), layer, NativeFunction.address(hidden),
                    hiddenCount, NativeFunction.address(mask), tokens, flags, NativeFunction.address(deltas));
        } finally {
            Reference.reachabilityFence(hidden);
            Reference.reachabilityFence(mask);
            Reference.reachabilityFence(deltas);
        }
    }

    private static String string(MemorySegment pointer) {
        return pointer.equals(MemorySegment.NULL)
                ? "(null)"
                : pointer.reinterpret(LibraryFunctions.TEXT_SIZE).getString(0);
    }
}
