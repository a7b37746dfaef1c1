/* What tests call of llama.cpp v0.5.0, as measured on the binary (docs/spec/llama-cpp.md), under the names of its llama.h,
 * which no package has as a file. Fields that nobody sets stand together. */
#ifndef LLAMA_H
#define LLAMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ggml_tensor;
struct llama_model;
struct llama_vocab;
struct llama_context;
typedef int32_t llama_token;

struct llama_model_params {
    void *const *devices;
    const void *buffers;
    int32_t n_gpu_layers, split_mode, load_mode, lazy_mode, main_gpu;
    const float *tensor_split;
    void *progress, *progress_data;
    const void *overrides;
    bool flags[8];
};

struct llama_context_params {
    uint32_t n_ctx, n_batch, n_ubatch, n_seq_max, n_rs_seq, n_outputs_max, n_outputs_max_per_seq;
    int32_t n_threads, n_threads_batch, ctx_type, rope_scaling, pooling, attention, flash_attn;
    float rope_and_yarn[6];
    uint32_t yarn_orig_ctx;
    float defrag_thold;
    bool (*cb_eval)(struct ggml_tensor *, bool, void *);
    void *cb_eval_user_data;
    int32_t type_k, type_v;
    void *abort, *abort_data;
    bool embeddings, offload_kqv, no_perf, op_offload, swa_full, kv_unified;
    void *samplers;
    size_t n_samplers;
    struct llama_context *other;
};

struct llama_batch {
    int32_t n_tokens;
    llama_token *token;
    float *embd;
    int32_t *pos, *n_seq_id;
    int32_t **seq_id;
    int8_t *logits;
};

struct llama_model_params llama_model_default_params(void);
struct llama_context_params llama_context_default_params(void);
void llama_log_set(void (*log)(int, const char *, void *), void *data);
void llama_backend_init(void);
struct llama_model *llama_model_load_from_file(const char *path, struct llama_model_params params);
void llama_model_free(struct llama_model *model);
const struct llama_vocab *llama_model_get_vocab(const struct llama_model *model);
int32_t llama_vocab_n_tokens(const struct llama_vocab *vocabulary);
int32_t llama_tokenize(const struct llama_vocab *vocabulary, const char *text, int32_t text_len, llama_token *tokens,
                       int32_t n_tokens_max, bool add_special, bool parse_special);
struct llama_context *llama_init_from_model(struct llama_model *model, struct llama_context_params params);
uint32_t llama_n_ubatch(const struct llama_context *context);
void llama_free(struct llama_context *context);
struct llama_batch llama_batch_get_one(llama_token *tokens, int32_t n_tokens);
int32_t llama_decode(struct llama_context *context, struct llama_batch batch);

#ifdef __cplusplus
}
#endif

#endif
