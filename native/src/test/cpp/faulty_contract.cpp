// A library that breaks one promise of rwkv_ms.h about its arguments, chosen by faulty_choose; none at first. Functions
// not defined here are found in librwkv_ms, which this library is linked to. No fault writes outside a caller's memory.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "rwkv_ms.h"
#include "sound.h"

namespace {

constexpr size_t kAnyRoom = size_t{1} << 40;
constexpr size_t kHidden = 12, kState = 48, kSource = 4; // of the small sidecar that the probe asks with
constexpr int32_t kTokens = 3;

std::string chosen;

bool is(const char *fault) { return chosen == fault; }

} // namespace

extern "C" RWKV_MS_API void faulty_choose(const char *fault) { chosen = fault; }

const char *rwkv_ms_status_name(int32_t status) {
    const char *name = SOUND(rwkv_ms_status_name)(status);
    return is("status-names") && std::strcmp(name, "unknown") == 0 ? "" : name;
}

int32_t rwkv_ms_layout(char *text, size_t size, size_t *needed) {
    const int32_t status = SOUND(rwkv_ms_layout)(text, size, needed);
    if (is("needed-of-a-success-alone") && status != RWKV_MS_OK && needed != nullptr) *needed = 0;
    return status;
}

int32_t rwkv_ms_runtime_create(const rwkv_ms_runtime_params *params, rwkv_ms_runtime **out, char *error,
                               size_t error_size) {
    rwkv_ms_runtime_params changed = params != nullptr ? *params : rwkv_ms_runtime_params{};
    if (is("threads-clamped")) changed.n_threads = std::min(std::max(changed.n_threads, 1), 512);
    if (is("reserved-ignored")) changed.reserved = 0;
    rwkv_ms_runtime *const before = out != nullptr ? *out : nullptr;
    const int32_t status =
        SOUND(rwkv_ms_runtime_create)(params != nullptr ? &changed : nullptr, out, error, error_size);
    if (is("error-not-cut") && status != RWKV_MS_OK && error != nullptr && error_size == 8) error[error_size] = '\0';
    if (is("out-left-alone") && status != RWKV_MS_OK && out != nullptr) *out = before;
    return status;
}

int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    if (is("base-ignored")) base_path = nullptr;
    if (is("open-flags-ignored")) flags = 0;
    const int32_t status = SOUND(rwkv_ms_sidecar_open)(runtime, path, base_path, flags, out);
    if (is("base-refused") && base_path != nullptr && status == RWKV_MS_OK) {
        SOUND(rwkv_ms_sidecar_close)(*out);
        *out = nullptr;
        return RWKV_MS_E_BASE_SHA256_DIFFERS;
    }
    if (is("base-without-reason") && status == RWKV_MS_E_BASE_UNREADABLE) return RWKV_MS_E_BASE_SHA256_DIFFERS;
    return status;
}

int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *sidecar, uint8_t *fingerprint, size_t size) {
    return SOUND(rwkv_ms_sidecar_fingerprint)(sidecar, fingerprint, is("short-fingerprint") ? kAnyRoom : size);
}

int32_t rwkv_ms_sidecar_layers(const rwkv_ms_sidecar *sidecar, int32_t *layers, size_t count, size_t *needed) {
    return SOUND(rwkv_ms_sidecar_layers)(sidecar, layers, is("short-layers") && layers != nullptr ? kAnyRoom : count,
                                         needed);
}

int32_t rwkv_ms_sidecar_delta_width(const rwkv_ms_sidecar *sidecar, int32_t layer, int32_t head, int32_t *width) {
    return SOUND(rwkv_ms_sidecar_delta_width)(sidecar, layer, is("any-head") ? RWKV_MS_HEAD_Q : head, width);
}

int32_t rwkv_ms_context_create(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, rwkv_ms_context **out) {
    rwkv_ms_context_params changed = params != nullptr ? *params : rwkv_ms_context_params{};
    if (is("any-sequences")) changed.n_sequences = 1;
    return SOUND(rwkv_ms_context_create)(sidecar, params != nullptr ? &changed : nullptr, out);
}

void rwkv_ms_context_destroy(rwkv_ms_context *context) {
    if (!is("destroyed-contexts-live-on")) SOUND(rwkv_ms_context_destroy)(context);
}

int32_t rwkv_ms_context_error(const rwkv_ms_context *context, char *text, size_t size, size_t *needed) {
    if (is("no-text") && size > 0) text[0] = '\0';
    if (is("two-lines") && size > 8) std::strcpy(text, "a\nb 30");
    if (is("text-without-size") && size > 8) std::strcpy(text, "short");
    if (is("no-text") || is("two-lines") || is("text-without-size")) return RWKV_MS_OK;
    return SOUND(rwkv_ms_context_error)(context, text, size, needed);
}

int32_t rwkv_ms_context_reset(rwkv_ms_context *context) {
    if (is("reset-keeps-taps")) {
        const int64_t zero = 0;
        const std::vector<float> state(kState), source(kSource);
        for (const int32_t layer : {0, 2, 5})
            SOUND(rwkv_ms_state_set)(context, layer, state.data(), kState, source.data(), kSource, &zero);
        return RWKV_MS_OK;
    }
    return SOUND(rwkv_ms_context_reset)(context);
}

int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    rwkv_ms_deltas changed = deltas != nullptr ? *deltas : rwkv_ms_deltas{};
    if (is("short-deltas")) {
        if (changed.q != nullptr) changed.q_count = kAnyRoom;
        if (changed.o != nullptr) changed.o_count = kAnyRoom;
    }
    if (is("inactive-heads")) changed.k = nullptr, changed.k_count = 0;
    if (is("negative-tokens") && n_tokens < 1) return RWKV_MS_OK;
    if (is("hidden-count-ignored") && n_tokens == kTokens) hidden_count = kHidden * kTokens;
    if (is("forward-flags-ignored")) flags &= RWKV_MS_FORWARD_READ_ONLY | RWKV_MS_FORWARD_TAPS;
    if (is("mask-unchecked") && mask != nullptr) mask = nullptr;
    if (is("layer-clamped")) layer = std::min(std::max(layer, 5), 5);
    std::vector<float> beside;
    if (is("overlap-taken") && hidden != nullptr && n_tokens == kTokens) {
        beside.assign(hidden, hidden + kHidden * kTokens);
        hidden = beside.data();
    }
    const int32_t status = SOUND(rwkv_ms_forward)(context, layer, hidden, hidden_count, mask, n_tokens, flags,
                                                  deltas != nullptr ? &changed : nullptr);
    if (is("refusal-resets") && status != RWKV_MS_OK) SOUND(rwkv_ms_context_reset)(context);
    if (is("short-is-an-argument") && status == RWKV_MS_E_SHORT_BUFFER) return RWKV_MS_E_ARGUMENT;
    if (is("writes-then-refuses") && status != RWKV_MS_OK && changed.q != nullptr) changed.q[0] = 0;
    return status;
}

int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    return SOUND(rwkv_ms_tap)(context, name, info, data, is("short-tap") ? kAnyRoom : size);
}

int32_t rwkv_ms_state_get(rwkv_ms_context *context, int32_t layer, float *state, size_t state_count,
                          float *previous_source, size_t source_count, int64_t *position) {
    if (is("short-state")) state_count = kAnyRoom, source_count = kAnyRoom;
    if (is("state-before-source")) // in the order of the arguments, each checked when it comes
        SOUND(rwkv_ms_state_get)(context, layer, state, state_count, nullptr, 0, nullptr);
    return SOUND(rwkv_ms_state_get)(context, layer, state, state_count, previous_source, source_count, position);
}

int32_t rwkv_ms_state_set(rwkv_ms_context *context, int32_t layer, const float *state, size_t state_count,
                          const float *previous_source, size_t source_count, const int64_t *position) {
    if (is("set-takes-any-count")) state_count = kState, source_count = kSource;
    const int32_t status =
        SOUND(rwkv_ms_state_set)(context, layer, state, state_count, previous_source, source_count, position);
    return is("set-takes-nan") && status == RWKV_MS_E_STATE_VALUE ? int32_t{RWKV_MS_OK} : status;
}

int32_t rwkv_ms_state_save(rwkv_ms_context *context, void *data, size_t size, size_t *written) {
    return SOUND(rwkv_ms_state_save)(context, data, is("short-payload") ? kAnyRoom : size, written);
}

int32_t rwkv_ms_state_load(rwkv_ms_context *context, const void *data, size_t size) {
    const int32_t status = SOUND(rwkv_ms_state_load)(context, data, size);
    return is("load-takes-any-length") && status == RWKV_MS_E_STATE_LENGTH ? int32_t{RWKV_MS_OK} : status;
}

int32_t rwkv_ms_memory_seq_rm(rwkv_ms_context *context, int32_t sequence, int64_t p0, int64_t p1) {
    return SOUND(rwkv_ms_memory_seq_rm)(context, is("any-sequence") ? 0 : sequence, p0, p1);
}

int32_t rwkv_ms_memory_seq_keep(rwkv_ms_context *context, int32_t sequence) {
    return is("keep-taken") ? int32_t{RWKV_MS_OK} : SOUND(rwkv_ms_memory_seq_keep)(context, sequence);
}

int32_t rwkv_ms_scan(rwkv_ms_runtime *runtime, const rwkv_ms_config *config, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    rwkv_ms_config settings = config != nullptr ? *config : rwkv_ms_config{};
    rwkv_ms_scan_input in = input != nullptr ? *input : rwkv_ms_scan_input{};
    rwkv_ms_scan_output out = output != nullptr ? *output : rwkv_ms_scan_output{};
    if (is("scan-chunk-unchecked") && settings.chunk_size < 1) settings.chunk_size = 1;
    if (is("scan-settings-unchecked") && settings.read_top_k < 0) settings.read_top_k = 0;
    if (is("scan-negative-tokens") && in.n_tokens < 1) return RWKV_MS_OK;
    if (is("scan-position-unchecked") && in.position < 0) in.position = 0;
    if (is("scan-short-inputs"))
        for (rwkv_ms_floats *floats : {&in.r, &in.w, &in.k, &in.v, &in.a, &in.b, &in.beta, &in.lambda})
            floats->count = kTokens * kSource;
    if (is("scan-short-outputs")) {
        for (rwkv_ms_buffer *buffer : {&out.w_decay, &out.keep, &out.erase, &out.write, &out.raw_reads,
                                       &out.read_routes_per_head, &out.read_routes, &out.write_routes, &out.final_state})
            buffer->count = kAnyRoom;
        out.slot_indices_count = kAnyRoom;
    }
    std::vector<float> lost(kTokens * kSource);
    if (is("scan-overlap-taken") && out.erase.data == out.keep.data) out.erase.data = lost.data();
    const int32_t status = SOUND(rwkv_ms_scan)(runtime, config != nullptr ? &settings : nullptr,
                                               input != nullptr ? &in : nullptr, output != nullptr ? &out : nullptr);
    if (output != nullptr && (status == RWKV_MS_OK || is("scan-position-written")))
        output->final_position = status == RWKV_MS_OK ? out.final_position : 0;
    return status;
}

int32_t rwkv_ms_hook_create(rwkv_ms_context *context, const rwkv_ms_hook_params *params, rwkv_ms_hook **out) {
    static rwkv_ms_hook *last = nullptr;
    const int32_t status = SOUND(rwkv_ms_hook_create)(context, params, out);
    if (status == RWKV_MS_OK) last = *out;
    if (!is("second-hook-taken") || status != RWKV_MS_E_ATTACHED) return status;
    *out = last;
    return RWKV_MS_OK;
}

int32_t rwkv_ms_hook_attach(rwkv_ms_hook *hook, struct llama_context *llama, const char *base_path) {
    const int32_t status = SOUND(rwkv_ms_hook_attach)(hook, llama, base_path);
    return is("attached-twice") && status == RWKV_MS_E_ATTACHED ? int32_t{RWKV_MS_OK} : status;
}

bool rwkv_ms_hook_eval(struct ggml_tensor *tensor, bool ask, void *hook) {
    return is("eval-ends-the-graph") && hook == nullptr ? false : SOUND(rwkv_ms_hook_eval)(tensor, ask, hook);
}

int32_t rwkv_ms_hook_check(rwkv_ms_hook *hook) {
    const int32_t status = SOUND(rwkv_ms_hook_check)(hook);
    return is("check-never-fails") && status == RWKV_MS_E_HOST_STEP ? int32_t{RWKV_MS_OK} : status;
}

void rwkv_ms_hook_destroy(rwkv_ms_hook *hook) {
    if (is("destroyed-hooks-live-on"))
        SOUND(rwkv_ms_hook_detach)(hook);
    else
        SOUND(rwkv_ms_hook_destroy)(hook);
}

int32_t rwkv_ms_hook_capture(rwkv_ms_hook *hook, int64_t capacity) {
    return SOUND(rwkv_ms_hook_capture)(hook, is("any-capacity") && (capacity < 0 || capacity > 100) ? 1 : capacity);
}

int32_t rwkv_ms_session_save(rwkv_ms_hook *hook, const int32_t *tokens, size_t n_tokens, void *data, size_t size,
                             size_t *written) {
    return SOUND(rwkv_ms_session_save)(hook, tokens, n_tokens, data, is("short-session") ? kAnyRoom : size, written);
}
