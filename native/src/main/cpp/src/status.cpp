#include "rwkv_ms.h"

const char *rwkv_ms_status_name(int32_t status) {
#define NAME(code)                                                                                                     \
    case code: return #code
    switch (status) {
        NAME(RWKV_MS_OK);
        NAME(RWKV_MS_E_ARGUMENT);
        NAME(RWKV_MS_E_SHORT_BUFFER);
        NAME(RWKV_MS_E_NO_BACKEND);
        NAME(RWKV_MS_E_MEMORY);
        NAME(RWKV_MS_E_IO);
        NAME(RWKV_MS_E_INTERNAL);
        NAME(RWKV_MS_E_UNSUPPORTED);
        NAME(RWKV_MS_E_NO_TAP);
        NAME(RWKV_MS_E_NO_LAYER);
        NAME(RWKV_MS_E_GGUF);
        NAME(RWKV_MS_E_TRUNCATED_DATA);
        NAME(RWKV_MS_E_DUPLICATE_TENSOR);
        NAME(RWKV_MS_E_ARCHITECTURE);
        NAME(RWKV_MS_E_KEY_MISSING);
        NAME(RWKV_MS_E_KEY_TYPE);
        NAME(RWKV_MS_E_KEY_VALUE);
        NAME(RWKV_MS_E_JSON);
        NAME(RWKV_MS_E_BASE_SHA256);
        NAME(RWKV_MS_E_BASE_MISMATCH);
        NAME(RWKV_MS_E_NUM_STATE_HEADS);
        NAME(RWKV_MS_E_TENSOR_MISSING);
        NAME(RWKV_MS_E_TENSOR_SHAPE);
        NAME(RWKV_MS_E_TENSOR_TYPE);
        NAME(RWKV_MS_E_TENSOR_UNKNOWN);
        NAME(RWKV_MS_E_TENSOR_VALUE);
        NAME(RWKV_MS_E_SEQUENCES);
        NAME(RWKV_MS_E_STATE_VALUE);
    default: return "unknown";
    }
#undef NAME
}
