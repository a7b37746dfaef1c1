// rwkv_ms_hook_* and rwkv_ms_session_* for a fork: it has no hook, because it calls the memory from its own code.
#include "../src/api.h"

int32_t rwkv_ms_hook_create(rwkv_ms_context *handle, const rwkv_ms_hook_params *, rwkv_ms_hook **out) {
    if (out != nullptr) *out = nullptr;
    return rwkv_ms::with_context(handle, [](const rwkv_ms::Context &) {
        rwkv_ms::fail(RWKV_MS_E_UNSUPPORTED, "rwkv_ms_hook_create: this runtime has no hook");
    });
}

void rwkv_ms_hook_destroy(rwkv_ms_hook *) {}
int32_t rwkv_ms_hook_error(const rwkv_ms_hook *, char *, size_t, size_t *) { return RWKV_MS_E_ARGUMENT; }
bool rwkv_ms_hook_eval(struct ggml_tensor *, bool ask, void *) { return !ask; }
int32_t rwkv_ms_hook_attach(rwkv_ms_hook *, struct llama_context *, const char *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_detach(rwkv_ms_hook *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_check(rwkv_ms_hook *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_counters(rwkv_ms_hook *, int32_t, rwkv_ms_hook_counts *) { return RWKV_MS_E_ARGUMENT; }
int32_t rwkv_ms_hook_capture(rwkv_ms_hook *, int64_t) { return RWKV_MS_E_ARGUMENT; }

int32_t rwkv_ms_hook_captured(rwkv_ms_hook *, int32_t, const char *, float *, size_t, int64_t *, int64_t *) {
    return RWKV_MS_E_ARGUMENT;
}

int32_t rwkv_ms_session_size(rwkv_ms_hook *, size_t, size_t *) { return RWKV_MS_E_ARGUMENT; }

int32_t rwkv_ms_session_save(rwkv_ms_hook *, const int32_t *, size_t, void *, size_t, size_t *) {
    return RWKV_MS_E_ARGUMENT;
}

int32_t rwkv_ms_session_load(rwkv_ms_hook *, const void *, size_t, int32_t *, size_t, size_t *) {
    return RWKV_MS_E_ARGUMENT;
}

int32_t rwkv_ms_session_save_file(rwkv_ms_hook *, const char *, const int32_t *, size_t) { return RWKV_MS_E_ARGUMENT; }

int32_t rwkv_ms_session_load_file(rwkv_ms_hook *, const char *, int32_t *, size_t, size_t *) {
    return RWKV_MS_E_ARGUMENT;
}
