package rwkvms.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.List;

import rwkvms.llama.ParamsLayout.Field;

/** The structs of llama.cpp v0.5.0 that cross the boundary, measured on the binary; no header has them like this. */
final class LlamaLayouts {
    private static final long MINUS_ONE = 0xFFFF_FFFFL;
    private static final long MINUS_ONE_FLOAT = 0xBF80_0000L;
    private static final long DEFAULT_THREADS = 4;

    /**
     * {@code llama_model_params}, 80 bytes; the published header has {@code load_mode} and {@code lazy_mode} in another
     * order.
     */
    static final ParamsLayout MODEL_PARAMS = new ParamsLayout("llama_model_params", "llama_model_default_params",
            List.of(Field.of(ADDRESS, "devices", 0), Field.of(ADDRESS, "tensor_buft_overrides", 0),
                    Field.of(JAVA_INT, "n_gpu_layers", MINUS_ONE), Field.of(JAVA_INT, "split_mode", 1),
                    Field.of(JAVA_INT, "load_mode", MINUS_ONE), Field.of(JAVA_INT, "lazy_mode", 1),
                    Field.of(JAVA_INT, "main_gpu", 0), Field.of(ADDRESS, "tensor_split", 0),
                    Field.of(ADDRESS, "progress_callback", 0), Field.of(ADDRESS, "progress_callback_user_data", 0),
                    Field.of(ADDRESS, "kv_overrides", 0), Field.of(JAVA_BOOLEAN, "vocab_only", 0),
                    Field.of(JAVA_BOOLEAN, "check_tensors", 0), Field.of(JAVA_BOOLEAN, "use_extra_bufts", 1),
                    Field.of(JAVA_BOOLEAN, "no_host", 0), Field.of(JAVA_BOOLEAN, "no_alloc", 0),
                    Field.of(JAVA_BOOLEAN, "load_mtp", 0)));

    /** {@code llama_context_params}, 160 bytes. */
    static final ParamsLayout CONTEXT_PARAMS = new ParamsLayout("llama_context_params", "llama_context_default_params",
            List.of(Field.of(JAVA_INT, "n_ctx", 512), Field.of(JAVA_INT, "n_batch", 2048),
                    Field.of(JAVA_INT, "n_ubatch", 512), Field.of(JAVA_INT, "n_seq_max", 1),
                    Field.of(JAVA_INT, "n_rs_seq", 0), Field.of(JAVA_INT, "n_outputs_max", 0),
                    Field.of(JAVA_INT, "n_outputs_max_per_seq", 1), Field.of(JAVA_INT, "n_threads", DEFAULT_THREADS),
                    Field.of(JAVA_INT, "n_threads_batch", DEFAULT_THREADS), Field.of(JAVA_INT, "ctx_type", 0),
                    Field.of(JAVA_INT, "rope_scaling_type", MINUS_ONE), Field.of(JAVA_INT, "pooling_type", MINUS_ONE),
                    Field.of(JAVA_INT, "attention_type", MINUS_ONE), Field.of(JAVA_INT, "flash_attn_type", MINUS_ONE),
                    Field.of(JAVA_FLOAT, "rope_freq_base", 0), Field.of(JAVA_FLOAT, "rope_freq_scale", 0),
                    Field.of(JAVA_FLOAT, "yarn_ext_factor", MINUS_ONE_FLOAT),
                    Field.of(JAVA_FLOAT, "yarn_attn_factor", MINUS_ONE_FLOAT),
                    Field.of(JAVA_FLOAT, "yarn_beta_fast", MINUS_ONE_FLOAT),
                    Field.of(JAVA_FLOAT, "yarn_beta_slow", MINUS_ONE_FLOAT), Field.of(JAVA_INT, "yarn_orig_ctx", 0),
                    Field.of(JAVA_FLOAT, "defrag_thold", MINUS_ONE_FLOAT), Field.of(ADDRESS, "cb_eval", 0),
                    Field.of(ADDRESS, "cb_eval_user_data", 0), Field.of(JAVA_INT, "type_k", 1),
                    Field.of(JAVA_INT, "type_v", 1), Field.of(ADDRESS, "abort_callback", 0),
                    Field.of(ADDRESS, "abort_callback_data", 0), Field.of(JAVA_BOOLEAN, "embeddings", 0),
                    Field.of(JAVA_BOOLEAN, "offload_kqv", 1), Field.of(JAVA_BOOLEAN, "no_perf", 1),
                    Field.of(JAVA_BOOLEAN, "op_offload", 1), Field.of(JAVA_BOOLEAN, "swa_full", 1),
                    Field.of(JAVA_BOOLEAN, "kv_unified", 0), Field.of(ADDRESS, "samplers", 0),
                    Field.of(JAVA_LONG, "n_samplers", 0), Field.of(ADDRESS, "ctx_other", 0)));

    /** {@code llama_batch}, 56 bytes. */
    static final StructLayout BATCH = MemoryLayout.structLayout(JAVA_INT.withName("n_tokens"),
            MemoryLayout.paddingLayout(4), ADDRESS.withName("token"), ADDRESS.withName("embd"),
            ADDRESS.withName("pos"), ADDRESS.withName("n_seq_id"), ADDRESS.withName("seq_id"),
            ADDRESS.withName("logits"));

    private LlamaLayouts() {
    }
}
