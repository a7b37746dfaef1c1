// The functions of libllama that this library calls. They take opaque pointers and numbers, so that nothing depends on
// the layout of llama.h, and are looked up when first needed: everything but the hook works without libllama.
#pragma once

#include <cstddef>
#include <cstdint>

struct llama_model;
struct llama_context;
struct llama_memory_i;

namespace rwkv_ms {

struct LlamaApi {
    const llama_model *(*get_model)(const llama_context *);
    int32_t (*model_n_embd)(const llama_model *);
    int32_t (*model_n_layer)(const llama_model *);
    int32_t (*model_meta_val_str)(const llama_model *, const char *key, char *text, size_t size);
    uint32_t (*n_seq_max)(const llama_context *);
    uint32_t (*n_ubatch)(const llama_context *);
    llama_memory_i *(*get_memory)(const llama_context *);
    void (*memory_clear)(llama_memory_i *, bool data);
    int32_t (*memory_seq_pos_max)(llama_memory_i *, int32_t sequence);
    void (*set_abort_callback)(llama_context *, bool (*callback)(void *), void *data);
    size_t (*state_get_size)(llama_context *);
    size_t (*state_get_data)(llama_context *, uint8_t *data, size_t size);
    size_t (*state_set_data)(llama_context *, const uint8_t *data, size_t size);
};

// File name of the libllama beside the libggml that this library is linked with.
extern const char *const kLibllama;

// Of the libllama that this process has loaded. RWKV_MS_E_HOST_LIBRARY if there is none, or a function is missing.
const LlamaApi &llama_api();

} // namespace rwkv_ms
