/* A prompt through an unmodified llama.cpp with a memory attached: docs/use-from-c.md compiles and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llama.h"
#include "rwkv_ms.h"

enum { PROMPT = 256 }; /* tokens, at most */

static void stop(const char *what, const char *why) {
    fprintf(stderr, "decode: %s: %s\n", what, why);
    exit(2);
}

int main(int argc, char **argv) {
    if (argc != 4) stop("usage", "decode MODEL SIDECAR PROMPT");
    char why[4096] = "";

    /* The runtime loads ggml's code for the processor, once for llama.cpp too. */
    const rwkv_ms_runtime_params one_thread = {NULL, 1, 0};
    rwkv_ms_runtime *runtime;
    if (rwkv_ms_runtime_create(&one_thread, &runtime, why, sizeof why) != RWKV_MS_OK) stop("runtime", why);
    rwkv_ms_sidecar *sidecar;
    if (rwkv_ms_sidecar_open(runtime, argv[2], argv[1], 0, &sidecar) != RWKV_MS_OK) {
        rwkv_ms_runtime_error(runtime, why, sizeof why, NULL);
        stop("sidecar", why);
    }
    const rwkv_ms_context_params one_sequence = {1, -1};
    rwkv_ms_context *memory;
    rwkv_ms_hook *hook;
    if (rwkv_ms_context_create(sidecar, &one_sequence, &memory) != RWKV_MS_OK) stop("memory", "cannot be created");
    if (rwkv_ms_hook_create(memory, NULL, &hook) != RWKV_MS_OK) stop("hook", "cannot be created");

    llama_backend_init();
    struct llama_model *model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (model == NULL) stop(argv[1], "llama.cpp does not load it");
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = PROMPT;
    params.cb_eval = rwkv_ms_hook_eval;
    params.cb_eval_user_data = hook;
    struct llama_context *llama = llama_init_from_model(model, params);
    if (llama == NULL) stop(argv[1], "no context");
    int32_t status = rwkv_ms_hook_attach(hook, llama, argv[1]);

    llama_token tokens[PROMPT];
    const struct llama_vocab *vocab = llama_model_get_vocab(model);
    const int32_t count = llama_tokenize(vocab, argv[3], (int32_t)strlen(argv[3]), tokens, PROMPT, true, false);
    if (count < 1) stop("prompt", "no tokens, or too many");
    if (status == RWKV_MS_OK) {
        const int32_t decoded = llama_decode(llama, llama_batch_get_one(tokens, count));
        status = rwkv_ms_hook_check(hook); /* says why a decode was stopped */
        if (status == RWKV_MS_OK && decoded != 0) stop("llama_decode", "failed");
    }
    if (status != RWKV_MS_OK) {
        rwkv_ms_hook_error(hook, why, sizeof why, NULL);
        stop(rwkv_ms_status_name(status), why);
    }

    int32_t layers[1024]; /* no sidecar has more */
    size_t layer_count = 0;
    rwkv_ms_sidecar_layers(sidecar, layers, sizeof layers / sizeof *layers, &layer_count);
    for (size_t i = 0; i < layer_count; ++i) {
        rwkv_ms_hook_counts counts;
        rwkv_ms_hook_counters(hook, layers[i], &counts);
        printf("layer %d: %lld tokens read, %lld rows of q and %lld of o corrected\n", (int)layers[i],
               (long long)counts.tokens, (long long)counts.injected_q, (long long)counts.injected_o);
    }
    rwkv_ms_hook_detach(hook); /* before llama_free */
    llama_free(llama);
    llama_model_free(model);
    rwkv_ms_hook_destroy(hook);
    rwkv_ms_context_destroy(memory);
    rwkv_ms_sidecar_close(sidecar);
    rwkv_ms_runtime_destroy(runtime);
    return 0;
}
