#include "graphs.h"

#include <cmath>

#include "error.h"
#include "ggml-alloc.h"

namespace rwkv_ms {

namespace {

constexpr float kSourceNormFloor = 1e-6f; // math.md §1, semantics.md
constexpr float kKeyNormFloor = 1e-12f;   // math.md §2, kk
constexpr float kReadoutEps = 64e-5f;     // math.md §5
constexpr double kSoftplusLinear = 20;    // above it PyTorch's softplus returns its argument

// feature_w = -softplus(-u) - 0.5. ggml's own softplus loses exp(z) beside 1 for z < -16; log1p keeps it.
void decay_exponent(ggml_tensor *out, const ggml_tensor *in, int, int, void *) {
    const float *u = static_cast<const float *>(in->data);
    float *w = static_cast<float *>(out->data);
    const int64_t count = ggml_nelements(out);
    for (int64_t i = 0; i < count; ++i) {
        const double z = -static_cast<double>(u[i]);
        w[i] = static_cast<float>(-(z > kSoftplusLinear ? z : std::log1p(std::exp(z))) - 0.5);
    }
}

// The [width, T] part of a [rows, T] result that starts at a row.
ggml_tensor *part(ggml_context *ctx, ggml_tensor *of, int64_t first, int64_t width) {
    return ggml_view_2d(ctx, of, width, of->ne[1], of->nb[1], static_cast<size_t>(first) * sizeof(float));
}

// Page i of a [width, T, pages] result.
ggml_tensor *page(ggml_context *ctx, ggml_tensor *of, int64_t i) {
    return ggml_view_2d(ctx, of, of->ne[0], of->ne[1], of->nb[1], static_cast<size_t>(i) * of->nb[2]);
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
    return {static_cast<const float *>(tensor->data), static_cast<size_t>(tensor->ne[0]),
            tensor->nb[1] / sizeof(float)};
}

FeatureGraph::FeatureGraph(const Engine &engine, const Config &config, const LayerWeights &weights, int64_t n_tokens)
    : graph(engine, 96) {
    ggml_context *ctx = graph.context();
    const int64_t d = config.rank, gates = config.gates(), n = n_tokens;

    // §1. One product reads the hidden states once: q, k, v, beta and, where it is free, lambda.
    hidden = graph.input(GGML_TYPE_F32, config.hidden_size, n);
    history = graph.input(GGML_TYPE_F32, d, n + 1);
    predecessor = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n);
    ggml_tensor *projected = graph.add(ggml_mul_mat(ctx, weights.input, hidden));
    ggml_tensor *raw = part(ctx, projected, 2 * d, d);
    const bool normalized_source = config.semantics_version == 2;
    const auto normalized = [&](ggml_tensor *t) { return ggml_l2_norm(ctx, ggml_tanh(ctx, t), kSourceNormFloor); };
    ggml_tensor *rows = ggml_view_2d(ctx, history, d, n, history->nb[1], history->nb[1]);
    source = graph.add(ggml_cpy(ctx, normalized_source ? normalized(raw) : raw, rows));
    if (normalized_source) {
        query = key = source;
    } else if (config.normalize_qk) {
        ggml_tensor *both =
            ggml_view_3d(ctx, projected, d, 2, n, static_cast<size_t>(d) * sizeof(float), projected->nb[1], 0);
        both = graph.add(normalized(both)); // [D, 2, T]
        query = ggml_view_2d(ctx, both, d, n, both->nb[2], 0);
        key = ggml_view_2d(ctx, both, d, n, both->nb[2], both->nb[1]);
    } else {
        query = part(ctx, projected, 0, d);
        key = part(ctx, projected, d, d);
    }
    const int64_t gate_rows = weights.gate_bias->ne[0]; // beta, and lambda where it is free
    ggml_tensor *gate = part(ctx, projected, 3 * d, gate_rows);
    gate = graph.add(ggml_sigmoid(ctx, ggml_add(ctx, gate, weights.gate_bias)));
    beta = gate;
    if (config.update_mode == RWKV_MS_MODE_NO_LAMBDA) {
        lambda = nullptr;
    } else if (config.couple_lambda) {
        lambda = graph.add(ggml_scale_bias(ctx, beta, -1.0f, 1.0f));
    } else {
        beta = graph.add(ggml_cont(ctx, part(ctx, gate, 0, gates)));
        lambda = graph.add(ggml_cont(ctx, part(ctx, gate, gates, gates)));
    }

    // §2. The shifted inputs x_c, pages in the order r, k, v, w, a, g.
    ggml_tensor *before = ggml_get_rows(ctx, history, predecessor);
    ggml_tensor *shift = ggml_sub(ctx, before, rows);
    ggml_tensor *mixed = ggml_mul(ctx, ggml_repeat_4d(ctx, shift, d, n, 6, 1), weights.mix);
    mixed = graph.add(ggml_add(ctx, mixed, rows));
    const auto pages = [&](int64_t first) {
        return ggml_view_3d(ctx, mixed, d, n, 3, mixed->nb[1], mixed->nb[2], static_cast<size_t>(first) * mixed->nb[2]);
    };
    ggml_tensor *direct = graph.add(ggml_mul_mat(ctx, weights.projections, pages(0)));
    ggml_tensor *narrow = graph.add(ggml_mul_mat(ctx, weights.low_in, pages(3)));
    graph.add(ggml_tanh_inplace(ctx, page(ctx, narrow, 0)));    // w
    graph.add(ggml_sigmoid_inplace(ctx, page(ctx, narrow, 2))); // g
    ggml_tensor *low = graph.add(ggml_mul_mat(ctx, weights.low_out, narrow));
    r = page(ctx, direct, 0);
    v = page(ctx, direct, 2);
    g = page(ctx, low, 2);
    w = graph.add(ggml_map_custom1(ctx, ggml_add(ctx, page(ctx, low, 0), weights.w0), decay_exponent, 1, nullptr));
    ggml_tensor *agate = graph.add(ggml_sigmoid(ctx, ggml_add(ctx, page(ctx, low, 1), weights.a0)));
    ggml_tensor *raw_key = page(ctx, direct, 1);
    ggml_tensor *kk = ggml_l2_norm(ctx, ggml_mul(ctx, raw_key, weights.k_k), kKeyNormFloor);
    a = graph.add(ggml_neg(ctx, kk));
    b = graph.add(ggml_mul(ctx, kk, agate));
    ggml_tensor *share = ggml_mul(ctx, ggml_scale_bias(ctx, agate, 1.0f, -1.0f), weights.k_a);
    k = graph.add(ggml_mul(ctx, raw_key, ggml_scale_bias(ctx, share, 1.0f, 1.0f)));
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
    for (size_t head = 0; head < deltas.size(); ++head) {
        if (weights.delta[head] == nullptr) continue;
        deltas[head] = graph.add(ggml_out_prod(ctx, weights.delta[head], columns));
    }
}

} // namespace rwkv_ms
