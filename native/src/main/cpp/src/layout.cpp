#include "layout.h"

#include <cstddef>

#include "rwkv_ms.h"

namespace rwkv_ms {

namespace {

#define STRUCT(type) {#type, "", 0, sizeof(type)}
#define FIELD(type, field) {#type, #field, offsetof(type, field), sizeof(type::field)}

constexpr struct {
    const char *type, *field;
    size_t offset, size;
} kLayout[] = {
    STRUCT(rwkv_ms_runtime_params),
    FIELD(rwkv_ms_runtime_params, backend_path),
    FIELD(rwkv_ms_runtime_params, n_threads),
    FIELD(rwkv_ms_runtime_params, reserved),
    STRUCT(rwkv_ms_config),
    FIELD(rwkv_ms_config, hidden_size),
    FIELD(rwkv_ms_config, rank),
    FIELD(rwkv_ms_config, num_state_heads),
    FIELD(rwkv_ms_config, num_states),
    FIELD(rwkv_ms_config, chunk_size),
    FIELD(rwkv_ms_config, alpha),
    FIELD(rwkv_ms_config, erase_gate),
    FIELD(rwkv_ms_config, read_top_k),
    FIELD(rwkv_ms_config, semantics_version),
    FIELD(rwkv_ms_config, update_mode),
    FIELD(rwkv_ms_config, delta_heads),
    FIELD(rwkv_ms_config, normalize_qk),
    FIELD(rwkv_ms_config, couple_lambda),
    FIELD(rwkv_ms_config, rankwise_gates),
    FIELD(rwkv_ms_config, layer_count),
    STRUCT(rwkv_ms_context_params),
    FIELD(rwkv_ms_context_params, n_sequences),
    FIELD(rwkv_ms_context_params, read_top_k),
    STRUCT(rwkv_ms_deltas),
    FIELD(rwkv_ms_deltas, q),
    FIELD(rwkv_ms_deltas, k),
    FIELD(rwkv_ms_deltas, v),
    FIELD(rwkv_ms_deltas, o),
    FIELD(rwkv_ms_deltas, q_count),
    FIELD(rwkv_ms_deltas, k_count),
    FIELD(rwkv_ms_deltas, v_count),
    FIELD(rwkv_ms_deltas, o_count),
    STRUCT(rwkv_ms_tap_info),
    FIELD(rwkv_ms_tap_info, type),
    FIELD(rwkv_ms_tap_info, n_dims),
    FIELD(rwkv_ms_tap_info, dims),
    FIELD(rwkv_ms_tap_info, bytes),
    STRUCT(rwkv_ms_hook_params),
    FIELD(rwkv_ms_hook_params, abort_callback),
    FIELD(rwkv_ms_hook_params, abort_data),
    FIELD(rwkv_ms_hook_params, flags),
    FIELD(rwkv_ms_hook_params, reserved),
    STRUCT(rwkv_ms_hook_counts),
    FIELD(rwkv_ms_hook_counts, ubatches),
    FIELD(rwkv_ms_hook_counts, tokens),
    FIELD(rwkv_ms_hook_counts, injected_q),
    FIELD(rwkv_ms_hook_counts, injected_k),
    FIELD(rwkv_ms_hook_counts, injected_v),
    FIELD(rwkv_ms_hook_counts, injected_o),
    STRUCT(rwkv_ms_floats),
    FIELD(rwkv_ms_floats, data),
    FIELD(rwkv_ms_floats, count),
    STRUCT(rwkv_ms_buffer),
    FIELD(rwkv_ms_buffer, data),
    FIELD(rwkv_ms_buffer, count),
    STRUCT(rwkv_ms_scan_input),
    FIELD(rwkv_ms_scan_input, n_tokens),
    FIELD(rwkv_ms_scan_input, reserved),
    FIELD(rwkv_ms_scan_input, r),
    FIELD(rwkv_ms_scan_input, w),
    FIELD(rwkv_ms_scan_input, k),
    FIELD(rwkv_ms_scan_input, v),
    FIELD(rwkv_ms_scan_input, a),
    FIELD(rwkv_ms_scan_input, b),
    FIELD(rwkv_ms_scan_input, beta),
    FIELD(rwkv_ms_scan_input, lambda),
    FIELD(rwkv_ms_scan_input, state),
    FIELD(rwkv_ms_scan_input, mask),
    FIELD(rwkv_ms_scan_input, position),
    STRUCT(rwkv_ms_scan_output),
    FIELD(rwkv_ms_scan_output, w_decay),
    FIELD(rwkv_ms_scan_output, keep),
    FIELD(rwkv_ms_scan_output, erase),
    FIELD(rwkv_ms_scan_output, write),
    FIELD(rwkv_ms_scan_output, raw_reads),
    FIELD(rwkv_ms_scan_output, read_routes_per_head),
    FIELD(rwkv_ms_scan_output, read_routes),
    FIELD(rwkv_ms_scan_output, write_routes),
    FIELD(rwkv_ms_scan_output, final_state),
    FIELD(rwkv_ms_scan_output, slot_indices),
    FIELD(rwkv_ms_scan_output, slot_indices_count),
    FIELD(rwkv_ms_scan_output, final_position),
};

} // namespace

const std::string &layout_text() {
    static const std::string text = [] {
        std::string lines;
        for (const auto &entry : kLayout) {
            lines += entry.type;
            if (*entry.field != '\0')
                lines += std::string(".") + entry.field + " " + std::to_string(entry.offset);
            else
                lines += " -";
            lines += " " + std::to_string(entry.size) + "\n";
        }
        return lines;
    }();
    return text;
}

} // namespace rwkv_ms
