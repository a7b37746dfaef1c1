// Not written yet: the declared interface of the next slices.
#include "rwkv_ms.h"

int32_t rwkv_ms_hook_create(rwkv_ms_context *, const rwkv_ms_hook_params *, rwkv_ms_hook **) { return RWKV_MS_E_UNSUPPORTED; }
void rwkv_ms_hook_destroy(rwkv_ms_hook *) {}
int32_t rwkv_ms_hook_error(const rwkv_ms_hook *, char *, size_t , size_t *) { return RWKV_MS_E_UNSUPPORTED; }
bool rwkv_ms_hook_eval(struct ggml_tensor *, bool , void *) { return false; }
int32_t rwkv_ms_hook_attach(rwkv_ms_hook *, struct llama_context *, const char *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_hook_detach(rwkv_ms_hook *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_hook_check(rwkv_ms_hook *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_hook_counters(rwkv_ms_hook *, int32_t , rwkv_ms_hook_counts *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_hook_capture(rwkv_ms_hook *, int64_t ) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_hook_captured(rwkv_ms_hook *, int32_t , const char *, float *, size_t , int64_t *, int64_t *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_session_size(rwkv_ms_hook *, size_t , size_t *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_session_save(rwkv_ms_hook *, const int32_t *, size_t , void *, size_t , size_t *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_session_load(rwkv_ms_hook *, const void *, size_t , int32_t *, size_t , size_t *) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_session_save_file(rwkv_ms_hook *, const char *, const int32_t *, size_t ) { return RWKV_MS_E_UNSUPPORTED; }
int32_t rwkv_ms_session_load_file(rwkv_ms_hook *, const char *, int32_t *, size_t , size_t *) { return RWKV_MS_E_UNSUPPORTED; }
