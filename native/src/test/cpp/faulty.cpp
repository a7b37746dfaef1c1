// Libraries that are wrong in one way each, for the tests of gate runtime probe: what is not overridden here is found in
// librwkv_ms, which this library is linked to. FAULT_... says which.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <unistd.h>

#include "rwkv_ms.h"

namespace {

// The function of that name in the sound library.
template <typename Function> Function *sound(const char *name) {
    void *library = dlopen("librwkv_ms.so", RTLD_NOW | RTLD_NOLOAD);
    void *function = library != nullptr ? dlsym(library, name) : nullptr;
    if (function == nullptr) std::abort();
    return reinterpret_cast<Function *>(function);
}

} // namespace

#if defined(FAULT_SIGN)
// One sign of one feature.
int32_t rwkv_ms_tap(rwkv_ms_context *context, const char *name, rwkv_ms_tap_info *info, void *data, size_t size) {
    const int32_t status = sound<decltype(rwkv_ms_tap)>("rwkv_ms_tap")(context, name, info, data, size);
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
    const int32_t status = sound<decltype(rwkv_ms_forward)>("rwkv_ms_forward")(context, layer, hidden, hidden_count,
                                                                               mask, n_tokens, flags, deltas);
#if defined(FAULT_OVERRUN)
    if (status == RWKV_MS_OK && deltas->q != nullptr) deltas->q[deltas->q_count] = 1;
#endif
    return status;
}
#endif

#if defined(FAULT_CHECKSUM) || defined(FAULT_PARTIAL)
int32_t rwkv_ms_state_load(rwkv_ms_context *context, const void *data, size_t size) {
    const int32_t status = sound<decltype(rwkv_ms_state_load)>("rwkv_ms_state_load")(context, data, size);
#if defined(FAULT_CHECKSUM)
    return status == RWKV_MS_E_STATE_CHECKSUM ? int32_t{RWKV_MS_OK} : status;
#else
    if (status != RWKV_MS_OK) sound<decltype(rwkv_ms_context_reset)>("rwkv_ms_context_reset")(context);
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
// Takes a sidecar of two state heads for one of one: opens another in its place.
int32_t rwkv_ms_sidecar_open(rwkv_ms_runtime *runtime, const char *path, const char *base_path, uint32_t flags,
                             rwkv_ms_sidecar **out) {
    const auto open = sound<decltype(rwkv_ms_sidecar_open)>("rwkv_ms_sidecar_open");
    static char first[4096];
    const int32_t status = open(runtime, path, base_path, flags, out);
    if (status == RWKV_MS_OK && first[0] == '\0') std::snprintf(first, sizeof first, "%s", path);
    return status == RWKV_MS_E_PAYLOAD_VALUE || status == RWKV_MS_E_MANIFEST_SHA256
               ? open(runtime, first, base_path, flags, out)
               : status;
}
#endif
