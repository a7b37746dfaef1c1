#include "staged_graph.h"

#include "error.h"
#include "ggml-alloc.h"

namespace rwkv_ms {

namespace {

constexpr size_t kStagedTensors = 128; // of a graph with its weights, more than there are

} // namespace

DeviceStream::DeviceStream(const Backend &backend, const std::string &name)
    : device_(backend.device(name)), stream_(ggml_backend_dev_init(device_, nullptr)) {
    require(stream_ != nullptr, RWKV_MS_E_MEMORY, name, ": ggml cannot open a stream on this device");
    const auto set_n_threads = reinterpret_cast<ggml_backend_set_n_threads_t>(
        ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device_), "ggml_backend_set_n_threads"));
    if (set_n_threads != nullptr) set_n_threads(stream_.get(), backend.n_threads());
}

StagedGraph::StagedGraph(const DeviceStream &stream) : stream_(stream) {
    const size_t bytes = kStagedTensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(kStagedTensors, false);
    context_.reset(ggml_init({bytes, nullptr, /*no_alloc =*/true}));
    require(context_ != nullptr, RWKV_MS_E_MEMORY, "ggml has no memory for a graph on a device");
    graph_ = ggml_new_graph_custom(context_.get(), kStagedTensors, false);
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
