package rwkvms.nativeruntime;

import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;

/** The functions of {@code rwkv_ms.h} that a library exports, and those that it lacks. */
public record Exports(List<String> found, List<String> missing) {
    /** Every function of the header, in its order. */
    public static final List<String> HEADER = List.of(
            "rwkv_ms_abi_version",
            "rwkv_ms_version",
            "rwkv_ms_status_name",
            "rwkv_ms_layout",
            "rwkv_ms_runtime_create",
            "rwkv_ms_runtime_destroy",
            "rwkv_ms_runtime_error",
            "rwkv_ms_build_info",
            "rwkv_ms_sidecar_open",
            "rwkv_ms_sidecar_close",
            "rwkv_ms_sidecar_error",
            "rwkv_ms_sidecar_fingerprint",
            "rwkv_ms_sidecar_config",
            "rwkv_ms_sidecar_layers",
            "rwkv_ms_sidecar_delta_width",
            "rwkv_ms_context_create",
            "rwkv_ms_context_destroy",
            "rwkv_ms_context_error",
            "rwkv_ms_context_reset",
            "rwkv_ms_forward",
            "rwkv_ms_tap",
            "rwkv_ms_state_get",
            "rwkv_ms_state_set",
            "rwkv_ms_state_size",
            "rwkv_ms_state_save",
            "rwkv_ms_state_load",
            "rwkv_ms_memory_clear",
            "rwkv_ms_memory_seq_rm",
            "rwkv_ms_memory_seq_cp",
            "rwkv_ms_memory_seq_keep",
            "rwkv_ms_memory_seq_add",
            "rwkv_ms_memory_seq_div",
            "rwkv_ms_hook_create",
            "rwkv_ms_hook_destroy",
            "rwkv_ms_hook_error",
            "rwkv_ms_hook_eval",
            "rwkv_ms_hook_attach",
            "rwkv_ms_hook_detach",
            "rwkv_ms_hook_check",
            "rwkv_ms_hook_counters",
            "rwkv_ms_hook_capture",
            "rwkv_ms_hook_captured",
            "rwkv_ms_session_size",
            "rwkv_ms_session_save",
            "rwkv_ms_session_load",
            "rwkv_ms_session_save_file",
            "rwkv_ms_session_load_file",
            "rwkv_ms_scan");

    public Exports {
        found = List.copyOf(found);
        missing = List.copyOf(missing);
    }

    /**
     * Loads a library for the rest of the process, and looks every function up.
     *
     * @throws UnloadableLibraryException if it cannot be loaded
     */
    public static Exports of(Path library) {
        SymbolLookup symbols = DynamicLinker.load(library);
        return new Exports(HEADER.stream().filter(name -> symbols.find(name).isPresent()).toList(),
                HEADER.stream().filter(name -> symbols.find(name).isEmpty()).toList());
    }
}
