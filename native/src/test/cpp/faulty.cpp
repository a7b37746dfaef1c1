// Libraries with one fault each, chosen by FAULT_..., for the tests of the binding and of gate runtime probe. Functions
// not defined here are found in librwkv_ms, which this library is linked to.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

#include <unistd.h>

#include "rwkv_ms.h"
#include "sound.h"

#if defined(FAULT_SIGN)
// Turns the sign of one feature.
int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    const int32_t status = SOUND(rwkv_ms_tap)(context, name, info, data, size);
    if (status == RWKV_MS_OK && data != nullptr && std::strcmp(name, "feature_a") == 0)
        for (size_t i = 0; i < size / sizeof(float); ++i) static_cast<float *>(data)[i] *= -1;
    return status;
}
#endif

#if defined(FAULT_CRASH) || defined(FAULT_OVERRUN) || defined(FAULT_EXIT)
int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
#if defined(FAULT_CRASH)
    if (n_tokens == 14) std::raise(SIGSEGV);
#elif defined(FAULT_EXIT)
    if (n_tokens == 14) _exit(3);
#endif
    const int32_t status = SOUND(rwkv_ms_forward)(context, layer, hidden, hidden_count, mask, n_tokens, flags,
                                                  deltas);
#if defined(FAULT_OVERRUN)
    if (status == RWKV_MS_OK && deltas->q != nullptr) deltas->q[deltas->q_count] = 1;
#endif
    return status;
}
#endif

#if defined(FAULT_DROPS32) || defined(FAULT_DROPS64)
// Loses the write of every 32nd or 64th token once a call has as many.
int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
#if defined(FAULT_DROPS32)
    constexpr int32_t every = 32;
#else
    constexpr int32_t every = 64;
#endif
    const bool loses = n_tokens >= every && n_tokens <= 4096; // more is a wrong argument
    std::vector<uint8_t> valid;
    if (loses && mask != nullptr) valid.assign(mask, mask + n_tokens);
    if (loses) valid.resize(n_tokens, 1);
    for (int32_t t = every - 1; loses && t < n_tokens; t += every) valid[t] = 0;
    return SOUND(rwkv_ms_forward)(context, layer, hidden, hidden_count, valid.empty() ? mask : valid.data(), n_tokens,
                                  flags, deltas);
}
#endif

#if defined(FAULT_TF32) || defined(FAULT_ROUNDS)
// Values with the 10 bits of TF32.
static std::vector<float> rounded(const float *values, size_t count) {
    std::vector<float> out(values, values + count);
    for (float &value : out) {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        bits = (bits + 0x1000) & ~uint32_t{0x1fff};
        std::memcpy(&value, &bits, sizeof bits);
    }
    return out;
}
#endif

#if defined(FAULT_TF32)
// Rounds the hidden states of a real model once a call has 8 tokens.
int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    std::vector<float> copy;
    if (n_tokens >= 8 && hidden != nullptr && hidden_count == size_t{2560} * n_tokens) copy = rounded(hidden, hidden_count);
    return SOUND(rwkv_ms_forward)(context, layer, copy.empty() ? hidden : copy.data(), hidden_count, mask, n_tokens,
                                  flags, deltas);
}
#endif

#if defined(FAULT_FALLBACK)
// Computes on the processor whatever device it is asked for.
int32_t rwkv_ms_context_create_on(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, const char *,
                                  int32_t n_tokens, uint32_t flags, rwkv_ms_context **out) {
    return SOUND(rwkv_ms_context_create_on)(sidecar, params, "CPU", n_tokens, flags, out);
}
#endif

#if defined(FAULT_ROUNDS)
// Rounds the hidden states in microbatches of 8 tokens and more, as ggml's code for CUDA does in its products.
static int32_t microbatch = 0;

int32_t rwkv_ms_context_create_on(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, const char *device,
                                  int32_t n_tokens, uint32_t flags, rwkv_ms_context **out) {
    microbatch = n_tokens;
    return SOUND(rwkv_ms_context_create_on)(sidecar, params, device, n_tokens, flags, out);
}

int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    std::vector<float> copy;
    if (microbatch >= 8) copy = rounded(hidden, hidden_count);
    return SOUND(rwkv_ms_forward)(context, layer, copy.empty() ? hidden : copy.data(), hidden_count, mask, n_tokens,
                                  flags, deltas);
}
#endif

#if defined(FAULT_CHECKSUM) || defined(FAULT_PARTIAL)
int32_t rwkv_ms_state_load(rwkv_ms_context *context, const void *data, size_t size) {
    const int32_t status = SOUND(rwkv_ms_state_load)(context, data, size);
#if defined(FAULT_CHECKSUM)
    return status == RWKV_MS_E_STATE_CHECKSUM ? int32_t{RWKV_MS_OK} : status;
#else
    if (status != RWKV_MS_OK) SOUND(rwkv_ms_context_reset)(context);
    return status;
#endif
}
#endif

#if defined(FAULT_STALL)
int32_t rwkv_ms_state_size(rwkv_ms_context *, size_t *) {
    for (;;) pause();
}
#endif

#if defined(FAULT_ABI)
uint32_t rwkv_ms_abi_version(void) { return 1; }
#endif

#if defined(FAULT_OPEN)
// Accepts a sidecar of two state heads: opens another file instead.
int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    const auto open = SOUND(rwkv_ms_sidecar_open);
    static char first[4096];
    const int32_t status = open(runtime, path, base_path, flags, out);
    if (status == RWKV_MS_OK && first[0] == '\0') std::snprintf(first, sizeof first, "%s", path);
    return status == RWKV_MS_E_PAYLOAD_VALUE || status == RWKV_MS_E_MANIFEST_SHA256
               ? open(runtime, first, base_path, flags, out)
               : status;
}
#endif

#if defined(FAULT_REFUSE)
// Calls that a sound library never refuses to the binding.
int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *, uint8_t *, size_t) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_state_size(rwkv_ms_context *, size_t *) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_state_set(rwkv_ms_context *, int32_t, const float *, size_t, const float *, size_t, const int64_t *) {
    return RWKV_MS_E_INTERNAL;
}
int32_t rwkv_ms_memory_clear(rwkv_ms_context *) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_tap(rwkv_ms_context *, const char *, rwkv_ms_tap_info *, void *, size_t) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_hook_detach(rwkv_ms_hook *) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_hook_counters(rwkv_ms_hook *, int32_t, rwkv_ms_hook_counts *) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_hook_capture(rwkv_ms_hook *, int64_t) { return RWKV_MS_E_INTERNAL; }
int32_t rwkv_ms_hook_captured(rwkv_ms_hook *, int32_t, const char *, float *, size_t, int64_t *, int64_t *) {
    return RWKV_MS_E_INTERNAL;
}
int32_t rwkv_ms_session_size(rwkv_ms_hook *, size_t, size_t *) { return RWKV_MS_E_INTERNAL; }
#endif

#if defined(FAULT_BEHIND)
// One byte behind every buffer.
int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *, uint8_t *fingerprint, size_t size) {
    fingerprint[size] = 1;
    return RWKV_MS_OK;
}
int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    if (data != nullptr) static_cast<uint8_t *>(data)[size] = 1;
    return SOUND(rwkv_ms_tap)(context, name, info, data, size);
}
int32_t rwkv_ms_state_get(rwkv_ms_context *, int32_t layer, float *state, size_t state_count, float *previous_source,
                          size_t source_count, int64_t *) {
    if (layer % 2 != 0)
        *reinterpret_cast<uint8_t *>(previous_source + source_count) = 1;
    else
        *reinterpret_cast<uint8_t *>(state + state_count) = 1;
    return RWKV_MS_OK;
}
int32_t rwkv_ms_state_save(rwkv_ms_context *, void *data, size_t size, size_t *) {
    static_cast<uint8_t *>(data)[size] = 1;
    return RWKV_MS_OK;
}
int32_t rwkv_ms_hook_captured(rwkv_ms_hook *, int32_t, const char *, float *data, size_t count, int64_t *n_tokens,
                              int64_t *width) {
    *n_tokens = 2;
    *width = 3;
    if (data != nullptr) *reinterpret_cast<uint8_t *>(data + count) = 1;
    return RWKV_MS_OK;
}
int32_t rwkv_ms_session_size(rwkv_ms_hook *, size_t, size_t *size) {
    *size = 5;
    return RWKV_MS_OK;
}
int32_t rwkv_ms_session_save(rwkv_ms_hook *, const int32_t *, size_t, void *data, size_t size, size_t *) {
    static_cast<uint8_t *>(data)[size] = 1;
    return RWKV_MS_OK;
}
int32_t rwkv_ms_scan(rwkv_ms_runtime *, const rwkv_ms_config *, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    if (input->position % 2 != 0)
        *reinterpret_cast<uint8_t *>(output->slot_indices + output->slot_indices_count) = 1;
    else
        *reinterpret_cast<uint8_t *>(output->final_state.data + output->final_state.count) = 1;
    return RWKV_MS_OK;
}
#endif
