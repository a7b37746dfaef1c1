#include "staged_graph.h"

#include <algorithm>

#include "error.h"
#include "ggml-alloc.h"

namespace rwkv_ms {

namespace {

constexpr size_t kStagedTensors = 192; // of a graph with its weights, more than there are
constexpr int64_t kSplitTensors = 24;  // of products that are split, per token: less than 16 products, 3 tensors a part
// Products of more tokens at once may round their factors: ggml's code for CUDA to TF32 (1 and 2 were measured as sound, 8
// as not), that for Vulkan to 16 bits from 9 on.
constexpr int64_t kPreciseTokens = 2;
// Up to here the series of tanh is better than ggml's code for Vulkan, which is off by 1e-7 of 1: near 0, by any part.
constexpr float kTanhSeries = 0.1f;

} // namespace

DeviceStream::DeviceStream(const Backend &backend, const std::string &name)
    : device_(backend.device(name)), stream_(ggml_backend_dev_init(device_, nullptr)) {
    require(stream_ != nullptr, RWKV_MS_E_MEMORY, name, ": ggml cannot open a stream on this device");
    const auto set_n_threads = reinterpret_cast<ggml_backend_set_n_threads_t>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device_), "ggml_backend_set_n_threads"));
    if (set_n_threads != nullptr) set_n_threads(stream_.get(), backend.n_threads());
}

StagedGraph::StagedGraph(const DeviceStream &stream, int64_t n_tokens, bool precise)
    : stream_(stream), precise_(precise) {
    const size_t tensors = kStagedTensors + (precise ? static_cast<size_t>(kSplitTensors * n_tokens) : 0);
    const size_t bytes = tensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(tensors, false);
    context_.reset(ggml_init({bytes, nullptr, /*no_alloc =*/true}));
    require(context_ != nullptr, RWKV_MS_E_MEMORY, "ggml has no memory for a graph on a device");
    graph_ = ggml_new_graph_custom(context_.get(), tensors, false);
}

ggml_tensor *StagedGraph::input(int64_t ne0, int64_t ne1, ggml_type type) {
    ggml_tensor *made = ggml_new_tensor_2d(context(), type, ne0, ne1);
    ggml_set_input(made);
    return made;
}

ggml_tensor *StagedGraph::weight(std::vector<float> values, int64_t ne0, int64_t ne1) {
    ggml_tensor *made = input(ne0, ne1);
    contents_.emplace_back(made, std::move(values));
    return made;
}

ggml_tensor *StagedGraph::product(ggml_tensor *weights, ggml_tensor *x) {
    if (!precise_ || x->ne[1] <= kPreciseTokens) return whole_product(weights, x);
    ggml_tensor *joined = nullptr;
    for (int64_t token = 0; token < x->ne[1]; token += kPreciseTokens) {
        const int64_t n = std::min(kPreciseTokens, x->ne[1] - token);
        ggml_tensor *columns =
            ggml_view_2d(context(), x, x->ne[0], n, x->nb[1], static_cast<size_t>(token) * x->nb[1]);
        ggml_tensor *part = whole_product(weights, columns);
        joined = joined == nullptr ? part : ggml_concat(context(), joined, part, 1);
    }
    return joined;
}

ggml_tensor *StagedGraph::tanh(ggml_tensor *x) {
    ggml_context *ctx = context();
    ggml_tensor *direct = ggml_tanh(ctx, x);
    if (!precise_) return direct;
    // x (1 - x^2 / 3 + 2 x^4 / 15) up to kTanhSeries. ggml_clamp writes over what it is given: a copy.
    ggml_tensor *small = ggml_clamp(ctx, ggml_scale(ctx, x, 1), -kTanhSeries, kTanhSeries);
    ggml_tensor *square = ggml_sqr(ctx, small);
    ggml_tensor *inner = ggml_mul(ctx, square, ggml_scale_bias(ctx, square, 2.0f / 15, -1.0f / 3));
    ggml_tensor *series = ggml_mul(ctx, small, ggml_scale_bias(ctx, inner, 1, 1));
    ggml_tensor *beyond = ggml_step(ctx, ggml_scale_bias(ctx, ggml_abs(ctx, x), 1, -kTanhSeries));
    return ggml_add(ctx, ggml_mul(ctx, beyond, direct), ggml_mul(ctx, ggml_scale_bias(ctx, beyond, -1, 1), series));
}

ggml_tensor *StagedGraph::whole_product(ggml_tensor *weights, ggml_tensor *x) {
    ggml_tensor *made = ggml_mul_mat(context(), weights, x);
    ggml_mul_mat_set_prec(made, GGML_PREC_F32);
    return made;
}

ggml_tensor *StagedGraph::add(const char *stage, ggml_tensor *node) {
    ggml_set_output(node); // else a device may fuse it with the next node and leave it unwritten
    ggml_build_forward_expand(graph_, node);
    stages_.resize(static_cast<size_t>(ggml_graph_n_nodes(graph_)), stage);
    return node;
}

void StagedGraph::find_missing(ByStage &missing) const {
    for (size_t i = 0; i < stages_.size(); ++i) {
        const ggml_tensor *node = ggml_graph_node(graph_, static_cast<int>(i));
        if (!ggml_backend_dev_supports_op(stream_.device(), node)) missing.emplace(stages_[i], ggml_op_desc(node));
    }
}

void StagedGraph::place() {
    memory_.reset(ggml_backend_alloc_ctx_tensors_from_buft(context(), stream_.memory()));
    require(memory_ != nullptr, RWKV_MS_E_MEMORY, ggml_backend_dev_name(stream_.device()),
            ": ggml has no memory for a graph there");
    for (const auto &[tensor, values] : contents_)
        ggml_backend_tensor_set(tensor, values.data(), 0, values.size() * sizeof(float));
    contents_.clear();
}

void StagedGraph::run(ByStage &places) const {
    const ggml_status status = ggml_backend_graph_compute(stream_.stream(), graph_);
    require(status == GGML_STATUS_SUCCESS, RWKV_MS_E_INTERNAL, ggml_backend_dev_name(stream_.device()),
            ": ggml's graph computation failed: ", ggml_status_to_string(status));
    for (size_t i = 0; i < stages_.size(); ++i) {
        const ggml_tensor *node = ggml_graph_node(graph_, static_cast<int>(i));
        places.emplace(stages_[i], ggml_backend_buft_name(ggml_backend_buffer_get_type(node->buffer)));
    }
}

Rows DeviceResult::fetch(int64_t n) {
    if (tensor == nullptr) return {};
    const size_t width = static_cast<size_t>(tensor->ne[0]);
    values_.resize(width * static_cast<size_t>(tensor->ne[1]));
    ggml_backend_tensor_get(tensor, values_.data(), 0, static_cast<size_t>(n) * width * sizeof(float));
    return {values_.data(), width, width};
}

} // namespace rwkv_ms
