#include "graphs.h"

#include "error.h"
#include "ggml-alloc.h"
#include "product.h"

namespace rwkv_ms {

namespace {

constexpr float kReadoutEps = 64e-5f;     // math.md §5

// A node that computes by a member function of the graph it is in, split among all threads; ggml writes nothing.
template <void (FeatureGraph::*compute)(int, int) const>
ggml_tensor *node(ggml_context *ctx, ggml_tensor *result, ggml_tensor *after, FeatureGraph *graph) {
    const auto run = [](ggml_tensor *, int part, int parts, void *self) {
        (static_cast<const FeatureGraph *>(self)->*compute)(part, parts);
    };
    return ggml_custom_inplace(ctx, result, &after, 1, run, GGML_N_TASKS_MAX, graph);
}

// A token's row of a tensor; nullptr of none.
template <typename Value = float> Value *row(const ggml_tensor *tensor, int64_t token) {
    if (tensor == nullptr) return nullptr;
    return reinterpret_cast<Value *>(static_cast<char *>(tensor->data) + static_cast<size_t>(token) * tensor->nb[1]);
}

} // namespace

Graph::Graph(const Engine &engine, size_t tensors) : engine_(engine) {
    const size_t bytes = tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(tensors, false);
    context_.reset(ggml_init({bytes, nullptr, /*no_alloc =*/true}));
    require(context_ != nullptr, RWKV_MS_E_MEMORY, "ggml has no memory for a graph of ", tensors, " tensors");
    graph_ = ggml_new_graph_custom(context_.get(), tensors, false);
}

Graph::~Graph() {
    if (plan_ != nullptr) ggml_backend_graph_plan_free(engine_.stream(), plan_);
}

ggml_tensor *Graph::input(ggml_type type, int64_t ne0, int64_t ne1) {
    return ggml_new_tensor_2d(context_.get(), type, ne0, ne1);
}

ggml_tensor *Graph::add(ggml_tensor *node) {
    ggml_build_forward_expand(graph_, node);
    return node;
}

size_t Graph::result_bytes(size_t alignment) const {
    size_t bytes = 0;
    for (ggml_tensor *t = ggml_get_first_tensor(context_.get()); t != nullptr;
         t = ggml_get_next_tensor(context_.get(), t)) {
        if (t->view_src == nullptr) bytes += GGML_PAD(ggml_nbytes(t), alignment);
    }
    return bytes;
}

void Graph::place(ggml_backend_buffer_t memory, size_t offset) {
    const size_t alignment = ggml_backend_buffer_get_alignment(memory);
    char *base = static_cast<char *>(ggml_backend_buffer_get_base(memory)) + offset;
    for (ggml_tensor *t = ggml_get_first_tensor(context_.get()); t != nullptr;
         t = ggml_get_next_tensor(context_.get(), t)) {
        ggml_status status = GGML_STATUS_SUCCESS;
        if (t->view_src != nullptr) {
            status = ggml_backend_view_init(t);
        } else {
            status = ggml_backend_tensor_alloc(memory, t, base);
            base += GGML_PAD(ggml_nbytes(t), alignment);
        }
        require(status == GGML_STATUS_SUCCESS, RWKV_MS_E_INTERNAL, "ggml cannot place a result of a graph");
    }
    plan_ = ggml_backend_graph_plan_create(engine_.stream(), graph_);
    require(plan_ != nullptr, RWKV_MS_E_MEMORY, "ggml cannot plan a graph");
}

void Graph::run() const {
    const ggml_status status = ggml_backend_graph_plan_compute(engine_.stream(), plan_);
    require(status == GGML_STATUS_SUCCESS, RWKV_MS_E_INTERNAL,
            "ggml's graph computation failed: ", ggml_status_to_string(status));
}

Rows rows_of(const ggml_tensor *tensor) {
    if (tensor == nullptr) return {};
    return {static_cast<const float *>(tensor->data), static_cast<size_t>(tensor->ne[0]),
            tensor->nb[1] / sizeof(float)};
}

FeatureGraph::FeatureGraph(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens)
    : graph(engine, 32), config_(config), weights_(weights), features_(config, weights.core) {
    ggml_context *ctx = graph.context();
    const int64_t d = config.rank, n = n_tokens;
    hidden = graph.input(GGML_TYPE_F32, config.hidden_size, n);
    history = graph.input(GGML_TYPE_F32, d, n + 1);
    predecessor = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n);
    products_ = graph.input(GGML_TYPE_F64, weights.input_rows, n);
    scratch_ = graph.input(GGML_TYPE_F64, static_cast<int64_t>(features_.scratch()), engine.n_threads());
    source = ggml_view_2d(ctx, history, d, n, history->nb[1], history->nb[1]);
    query = config.semantics_version == 2 ? source : graph.input(GGML_TYPE_F32, d, n);
    key = config.semantics_version == 2 ? source : graph.input(GGML_TYPE_F32, d, n);
    beta = graph.input(GGML_TYPE_F32, config.gates(), n);
    if (config.update_mode != RWKV_MS_MODE_NO_LAMBDA) lambda = graph.input(GGML_TYPE_F32, config.gates(), n);
    for (ggml_tensor **rows : {&r, &w, &k, &v, &a, &b, &g}) *rows = graph.input(GGML_TYPE_F32, d, n);
    ggml_tensor *done = graph.add(node<&FeatureGraph::product>(ctx, products_, hidden, this));
    done = graph.add(node<&FeatureGraph::memory>(ctx, source, done, this));
    graph.add(node<&FeatureGraph::features>(ctx, r, done, this));
}

// §1. The hidden states are read once: for q, k, v, beta and, if it is free, lambda.
void FeatureGraph::product(int part, int parts) const {
    const int64_t first = makes_queries() ? 0 : 2 * config_.rank, width = config_.hidden_size;
    multiply({weights_.input.data() + first * width, weights_.input_rows - first,
              static_cast<const float *>(hidden->data), hidden->ne[1], width, row<double>(products_, 0) + first,
              weights_.input_rows},
             part, parts);
}

void FeatureGraph::memory(int part, int parts) const {
    for (int64_t t = part; t < source->ne[1]; t += parts) {
        features_.memory(row<double>(products_, t),
                         {makes_queries() ? row(query, t) : nullptr, makes_queries() ? row(key, t) : nullptr,
                          row(source, t), row(beta, t), row(lambda, t)});
    }
}

// §2.
void FeatureGraph::features(int part, int parts) const {
    const int32_t *before = static_cast<const int32_t *>(predecessor->data);
    for (int64_t t = part; t < source->ne[1]; t += parts) {
        features_.features(row(source, t), row(history, before[t]), row<double>(scratch_, part),
                           {row(r, t), row(w, t), row(k, t), row(v, t), row(a, t), row(b, t), row(g, t)});
    }
}

ReadoutGraph::ReadoutGraph(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens)
    : graph(engine, 32) {
    ggml_context *ctx = graph.context();
    raw_reads = graph.input(GGML_TYPE_F32, config.rank, n_tokens);
    gate = graph.input(GGML_TYPE_F32, config.rank, n_tokens);
    ggml_tensor *normed = ggml_mul(ctx, ggml_norm(ctx, raw_reads, kReadoutEps), weights.norm); // one head: one group
    reads = graph.add(ggml_mul_mat(ctx, weights.output, ggml_mul(ctx, normed, gate)));
    // alpha / r is applied to the narrow side. An outer product with the transposed weights runs over whole rows, which
    // for so few columns is several times faster than ggml_mul_mat's dot products of length D.
    ggml_tensor *scaled = ggml_scale(ctx, reads, static_cast<float>(config.alpha / static_cast<double>(config.rank)));
    ggml_tensor *columns = ggml_transpose(ctx, scaled);
    for (const size_t head : kEachHead) {
        if (weights.delta[head] == nullptr) continue;
        deltas[head] = graph.add(ggml_out_prod(ctx, weights.delta[head], columns));
    }
}

} // namespace rwkv_ms
