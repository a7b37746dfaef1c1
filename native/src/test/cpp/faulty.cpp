// A library with one fault, for the tests of the binding and of gate runtime probe. The name of its own file says which:
// the build copies one library to libfaulty_<fault>.so for each. Functions not defined here are found in librwkv_ms, which
// it is linked to.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

#include "rwkv_ms.h"
#include "sound.h"

namespace {

// The functions that some fault changes; those of librwkv_ms at first.
struct Functions {
    decltype(&rwkv_ms_abi_version) abi_version = SOUND(rwkv_ms_abi_version);
    decltype(&rwkv_ms_sidecar_open) sidecar_open = SOUND(rwkv_ms_sidecar_open);
    decltype(&rwkv_ms_sidecar_fingerprint) sidecar_fingerprint = SOUND(rwkv_ms_sidecar_fingerprint);
    decltype(&rwkv_ms_context_create_on) context_create_on = SOUND(rwkv_ms_context_create_on);
    decltype(&rwkv_ms_forward) forward = SOUND(rwkv_ms_forward);
    decltype(&rwkv_ms_tap) tap = SOUND(rwkv_ms_tap);
    decltype(&rwkv_ms_state_get) state_get = SOUND(rwkv_ms_state_get);
    decltype(&rwkv_ms_state_set) state_set = SOUND(rwkv_ms_state_set);
    decltype(&rwkv_ms_state_size) state_size = SOUND(rwkv_ms_state_size);
    decltype(&rwkv_ms_state_save) state_save = SOUND(rwkv_ms_state_save);
    decltype(&rwkv_ms_state_load) state_load = SOUND(rwkv_ms_state_load);
    decltype(&rwkv_ms_memory_clear) memory_clear = SOUND(rwkv_ms_memory_clear);
    decltype(&rwkv_ms_hook_detach) hook_detach = SOUND(rwkv_ms_hook_detach);
    decltype(&rwkv_ms_hook_counters) hook_counters = SOUND(rwkv_ms_hook_counters);
    decltype(&rwkv_ms_hook_capture) hook_capture = SOUND(rwkv_ms_hook_capture);
    decltype(&rwkv_ms_hook_captured) hook_captured = SOUND(rwkv_ms_hook_captured);
    decltype(&rwkv_ms_session_size) session_size = SOUND(rwkv_ms_session_size);
    decltype(&rwkv_ms_session_save) session_save = SOUND(rwkv_ms_session_save);
    decltype(&rwkv_ms_scan) scan = SOUND(rwkv_ms_scan);
};

// Without a fault.
const Functions &whole() {
    static const Functions functions;
    return functions;
}

// Turns the sign of one feature.
void sign(Functions &faulty) {
    faulty.tap = [](rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
        const int32_t status = whole().tap(context, name, info, data, size);
        if (status == RWKV_MS_OK && data != nullptr && std::strcmp(name, "feature_a") == 0)
            for (size_t i = 0; i < size / sizeof(float); ++i) static_cast<float *>(data)[i] *= -1;
        return status;
    };
}

// Dies in a call of 14 tokens.
void crash(Functions &faulty) {
    faulty.forward = [](rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
        if (n_tokens == 14) std::raise(SIGSEGV);
        return whole().forward(context, layer, hidden, hidden_count, mask, n_tokens, flags, deltas);
    };
}

// One value behind the deltas.
void overrun(Functions &faulty) {
    faulty.forward = [](rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
        const int32_t status =
            whole().forward(context, layer, hidden, hidden_count, mask, n_tokens, flags, deltas);
        if (status == RWKV_MS_OK && deltas->q != nullptr) deltas->q[deltas->q_count] = 1;
        return status;
    };
}

// Loses the write of every 32nd or 64th token once a call has as many.
template <int32_t every>
int32_t dropping(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                 const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    const bool loses = n_tokens >= every && n_tokens <= 4096; // more is a wrong argument
    std::vector<uint8_t> valid;
    if (loses && mask != nullptr) valid.assign(mask, mask + n_tokens);
    if (loses) valid.resize(n_tokens, 1);
    for (int32_t t = every - 1; loses && t < n_tokens; t += every) valid[t] = 0;
    return whole().forward(context, layer, hidden, hidden_count, valid.empty() ? mask : valid.data(), n_tokens, flags,
                           deltas);
}
void drops32(Functions &faulty) { faulty.forward = dropping<32>; }
void drops64(Functions &faulty) { faulty.forward = dropping<64>; }

// Values with the 10 bits of TF32.
std::vector<float> rounded(const float *values, size_t count) {
    std::vector<float> out(values, values + count);
    for (float &value : out) {
        uint32_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        bits = (bits + 0x1000) & ~uint32_t{0x1fff};
        std::memcpy(&value, &bits, sizeof bits);
    }
    return out;
}

// Rounds the hidden states of a real model once a call has 8 tokens.
void tf32(Functions &faulty) {
    faulty.forward = [](rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
        std::vector<float> copy;
        if (n_tokens >= 8 && hidden != nullptr && hidden_count == size_t{2560} * n_tokens)
            copy = rounded(hidden, hidden_count);
        return whole().forward(context, layer, copy.empty() ? hidden : copy.data(), hidden_count, mask, n_tokens,
                               flags, deltas);
    };
}

// Computes on the processor whatever device it is asked for.
void fallback(Functions &faulty) {
    faulty.context_create_on = [](rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, const char *,
                                  int32_t n_tokens, uint32_t flags, rwkv_ms_context **out) {
        return whole().context_create_on(sidecar, params, "CPU", n_tokens, flags, out);
    };
}

// Rounds the hidden states in microbatches of 8 tokens and more, as ggml's code for CUDA does in its products.
int32_t microbatch = 0;
void rounds(Functions &faulty) {
    faulty.context_create_on = [](rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, const char *device,
                                  int32_t n_tokens, uint32_t flags, rwkv_ms_context **out) {
        microbatch = n_tokens;
        return whole().context_create_on(sidecar, params, device, n_tokens, flags, out);
    };
    faulty.forward = [](rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
        std::vector<float> copy;
        if (microbatch >= 8) copy = rounded(hidden, hidden_count);
        return whole().forward(context, layer, copy.empty() ? hidden : copy.data(), hidden_count, mask, n_tokens,
                               flags, deltas);
    };
}

// Takes a payload whose checksum is wrong.
void checksum(Functions &faulty) {
    faulty.state_load = [](rwkv_ms_context *context, const void *data, size_t size) {
        const int32_t status = whole().state_load(context, data, size);
        return status == RWKV_MS_E_STATE_CHECKSUM ? int32_t{RWKV_MS_OK} : status;
    };
}

// Loses the state when it refuses a payload.
void partial(Functions &faulty) {
    faulty.state_load = [](rwkv_ms_context *context, const void *data, size_t size) {
        const int32_t status = whole().state_load(context, data, size);
        if (status != RWKV_MS_OK) SOUND(rwkv_ms_context_reset)(context);
        return status;
    };
}

// Never returns.
void stall(Functions &faulty) {
    faulty.state_size = [](rwkv_ms_context *, size_t *) -> int32_t {
        for (;;) pause();
    };
}

// Has the functions of another version.
void abi(Functions &faulty) {
    faulty.abi_version = []() -> uint32_t { return 1; };
}

// Accepts a sidecar of two state heads: opens another file instead.
void open(Functions &faulty) {
    faulty.sidecar_open = [](rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
        static char first[4096];
        const int32_t status = whole().sidecar_open(runtime, path, base_path, flags, out);
        if (status == RWKV_MS_OK && first[0] == '\0') std::snprintf(first, sizeof first, "%s", path);
        return status == RWKV_MS_E_PAYLOAD_VALUE || status == RWKV_MS_E_MANIFEST_SHA256
                   ? whole().sidecar_open(runtime, first, base_path, flags, out)
                   : status;
    };
}

// Refuses calls that a sound library never refuses to the binding.
void refuse(Functions &faulty) {
    const auto refused = [](auto...) -> int32_t { return RWKV_MS_E_INTERNAL; };
    faulty.sidecar_fingerprint = refused;
    faulty.state_size = refused;
    faulty.state_set = refused;
    faulty.memory_clear = refused;
    faulty.tap = refused;
    faulty.hook_detach = refused;
    faulty.hook_counters = refused;
    faulty.hook_capture = refused;
    faulty.hook_captured = refused;
    faulty.session_size = refused;
}

// One byte behind every buffer.
void behind(Functions &faulty) {
    faulty.sidecar_fingerprint = [](const rwkv_ms_sidecar *, uint8_t *fingerprint, size_t size) -> int32_t {
        fingerprint[size] = 1;
        return RWKV_MS_OK;
    };
    faulty.tap = [](rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
        if (data != nullptr) static_cast<uint8_t *>(data)[size] = 1;
        return whole().tap(context, name, info, data, size);
    };
    faulty.state_get = [](rwkv_ms_context *, int32_t layer, float *state, size_t state_count, float *previous_source,
                          size_t source_count, int64_t *) -> int32_t {
        if (layer % 2 != 0)
            *reinterpret_cast<uint8_t *>(previous_source + source_count) = 1;
        else
            *reinterpret_cast<uint8_t *>(state + state_count) = 1;
        return RWKV_MS_OK;
    };
    faulty.state_save = [](rwkv_ms_context *, void *data, size_t size, size_t *) -> int32_t {
        static_cast<uint8_t *>(data)[size] = 1;
        return RWKV_MS_OK;
    };
    faulty.hook_captured = [](rwkv_ms_hook *, int32_t, const char *, float *data, size_t count, int64_t *n_tokens,
                              int64_t *width) -> int32_t {
        *n_tokens = 2;
        *width = 3;
        if (data != nullptr) *reinterpret_cast<uint8_t *>(data + count) = 1;
        return RWKV_MS_OK;
    };
    faulty.session_size = [](rwkv_ms_hook *, size_t, size_t *size) -> int32_t {
        *size = 5;
        return RWKV_MS_OK;
    };
    faulty.session_save = [](rwkv_ms_hook *, const int32_t *, size_t, void *data, size_t size, size_t *) -> int32_t {
        static_cast<uint8_t *>(data)[size] = 1;
        return RWKV_MS_OK;
    };
    faulty.scan = [](rwkv_ms_runtime *, const rwkv_ms_config *, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) -> int32_t {
        if (input->position % 2 != 0)
            *reinterpret_cast<uint8_t *>(output->slot_indices + output->slot_indices_count) = 1;
        else
            *reinterpret_cast<uint8_t *>(output->final_state.data + output->final_state.count) = 1;
        return RWKV_MS_OK;
    };
}

// The names of the copies, which CMakeLists.txt has too.
constexpr struct {
    const char *name;
    void (*into)(Functions &);
} kFaults[] = {{"sign", sign}, {"crash", crash}, {"overrun", overrun}, {"checksum", checksum}, {"partial", partial},
               {"stall", stall}, {"abi", abi}, {"open", open}, {"refuse", refuse}, {"behind", behind},
               {"drops32", drops32}, {"drops64", drops64}, {"tf32", tf32}, {"fallback", fallback}, {"rounds", rounds}};

// The functions with the fault that the name of this library's file says. Any other name ends the process, so that no
// library is taken for a faulty one that is none.
Functions named() {
    static const int here = 0;
    Dl_info info = {};
    const std::string path = dladdr(&here, &info) != 0 ? info.dli_fname : "";
    const std::string file = path.substr(path.rfind('/') + 1);
    Functions functions = whole();
    for (const auto &fault : kFaults) {
        if (file != std::string("libfaulty_") + fault.name + ".so") continue;
        fault.into(functions);
        return functions;
    }
    std::fprintf(stderr, "%s: expected libfaulty_ and a fault of faulty.cpp as this library's name\n", path.c_str());
    std::abort();
}

const Functions functions = named();

} // namespace

uint32_t rwkv_ms_abi_version(void) { return functions.abi_version(); }
int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    return functions.sidecar_open(runtime, path, base_path, flags, out);
}
int32_t rwkv_ms_sidecar_fingerprint(const rwkv_ms_sidecar *sidecar, uint8_t *fingerprint, size_t size) {
    return functions.sidecar_fingerprint(sidecar, fingerprint, size);
}
int32_t rwkv_ms_context_create_on(rwkv_ms_sidecar *sidecar, const rwkv_ms_context_params *params, const char *device,
                                  int32_t n_tokens, uint32_t flags, rwkv_ms_context **out) {
    return functions.context_create_on(sidecar, params, device, n_tokens, flags, out);
}
int32_t rwkv_ms_forward(rwkv_ms_context *context, int32_t layer, const float *hidden, size_t hidden_count,
                        const uint8_t *mask, int32_t n_tokens, uint32_t flags, rwkv_ms_deltas *deltas) {
    return functions.forward(context, layer, hidden, hidden_count, mask, n_tokens, flags, deltas);
}
int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    return functions.tap(context, name, info, data, size);
}
int32_t rwkv_ms_state_get(rwkv_ms_context *context, int32_t layer, float *state, size_t state_count,
                          float *previous_source, size_t source_count, int64_t *position) {
    return functions.state_get(context, layer, state, state_count, previous_source, source_count, position);
}
int32_t rwkv_ms_state_set(rwkv_ms_context *context, int32_t layer, const float *state, size_t state_count,
                          const float *previous_source, size_t source_count, const int64_t *position) {
    return functions.state_set(context, layer, state, state_count, previous_source, source_count, position);
}
int32_t rwkv_ms_state_size(rwkv_ms_context *context, size_t *size) { return functions.state_size(context, size); }
int32_t rwkv_ms_state_save(rwkv_ms_context *context, void *data, size_t size, size_t *written) {
    return functions.state_save(context, data, size, written);
}
int32_t rwkv_ms_state_load(rwkv_ms_context *context, const void *data, size_t size) {
    return functions.state_load(context, data, size);
}
int32_t rwkv_ms_memory_clear(rwkv_ms_context *context) { return functions.memory_clear(context); }
int32_t rwkv_ms_hook_detach(rwkv_ms_hook *hook) { return functions.hook_detach(hook); }
int32_t rwkv_ms_hook_counters(rwkv_ms_hook *hook, int32_t layer, rwkv_ms_hook_counts *counts) {
    return functions.hook_counters(hook, layer, counts);
}
int32_t rwkv_ms_hook_capture(rwkv_ms_hook *hook, int64_t capacity) { return functions.hook_capture(hook, capacity); }
int32_t rwkv_ms_hook_captured(rwkv_ms_hook *hook, int32_t layer, const char *name, float *data, size_t count,
                              int64_t *n_tokens, int64_t *width) {
    return functions.hook_captured(hook, layer, name, data, count, n_tokens, width);
}
int32_t rwkv_ms_session_size(rwkv_ms_hook *hook, size_t n_tokens, size_t *size) {
    return functions.session_size(hook, n_tokens, size);
}
int32_t rwkv_ms_session_save(rwkv_ms_hook *hook, const int32_t *tokens, size_t n_tokens, void *data, size_t size,
                             size_t *written) {
    return functions.session_save(hook, tokens, n_tokens, data, size, written);
}
int32_t rwkv_ms_scan(rwkv_ms_runtime *runtime, const rwkv_ms_config *config, const rwkv_ms_scan_input *input,
                     rwkv_ms_scan_output *output) {
    return functions.scan(runtime, config, input, output);
}
