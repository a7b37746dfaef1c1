#include "device_rows.h"

#include "error.h"
#include "tensor_rows.h"

namespace rwkv_ms {

namespace {

constexpr size_t kTensors = 3; // the node, the delta, the sum

bool same_memory(const ggml_tensor &a, const ggml_tensor &b) {
    return a.data == b.data && TensorRows::buffer_of(a) == TensorRows::buffer_of(b) && a.ne[0] == b.ne[0] &&
           a.ne[1] == b.ne[1];
}

// A buffer of at least that many bytes.
bool reserve(GgmlBuffer &buffer, ggml_backend_buffer_type_t type, size_t bytes) {
    if (buffer != nullptr && ggml_backend_buffer_get_size(buffer.get()) >= bytes) return true;
    buffer.reset(ggml_backend_buft_alloc_buffer(type, bytes));
    return buffer != nullptr;
}

} // namespace

ggml_backend_dev_t DeviceRows::device_of(const ggml_tensor &node) {
    const ggml_backend_buffer_t buffer = TensorRows::buffer_of(node);
    if (buffer == nullptr || ggml_backend_buffer_is_host(buffer)) return nullptr;
    const ggml_backend_buffer_type_t type = ggml_backend_buffer_get_type(buffer);
    const ggml_backend_dev_t device = ggml_backend_buft_get_device(type);
    return device != nullptr && ggml_backend_dev_buffer_type(device) == type ? device : nullptr;
}

DeviceRows::DeviceRows(ggml_backend_dev_t device, size_t slots)
    : device_(device), stream_(ggml_backend_dev_init(device, nullptr)), sums_(slots) {}

std::array<float *, 2> DeviceRows::read(const ggml_tensor &node, const ggml_tensor *other) {
    // Memory that the device itself can write to, where it knows such: a read of any other waits by itself.
    ggml_backend_buffer_type_t type = ggml_backend_dev_host_buffer_type(device_);
    if (type == nullptr) type = ggml_backend_cpu_buffer_type();
    const size_t bytes = ggml_nbytes(&node), others = other != nullptr ? ggml_nbytes(other) : 0;
    require(reserve(copies_, type, bytes + others), RWKV_MS_E_MEMORY, ggml_backend_dev_name(device_), ": no memory for ",
            bytes + others, " bytes read from it");
    float *const to = static_cast<float *>(ggml_backend_buffer_get_base(copies_.get()));
    float *const behind = to + bytes / sizeof(float);
    if (stream_ == nullptr) {
        ggml_backend_tensor_get(&node, to, 0, bytes);
        if (other != nullptr) ggml_backend_tensor_get(other, behind, 0, others);
    } else {
        ggml_backend_tensor_get_async(stream_.get(), &node, to, 0, bytes);
        if (other != nullptr) ggml_backend_tensor_get_async(stream_.get(), other, behind, 0, others);
        ggml_backend_synchronize(stream_.get());
    }
    return {to, behind};
}

void DeviceRows::upload(const float *values, size_t count, size_t capacity) {
    const ggml_backend_buffer_t before = uploaded_.get();
    require(reserve(uploaded_, ggml_backend_dev_buffer_type(device_), capacity * sizeof(float)), RWKV_MS_E_MEMORY,
            ggml_backend_dev_name(device_), ": no memory for ", capacity, " values of deltas");
    if (uploaded_.get() != before) sums_ = std::vector<Sum>(sums_.size());
    const size_t bytes = count * sizeof(float);
    ggml_tensor all{};
    all.type = GGML_TYPE_F32;
    all.ne[0] = static_cast<int64_t>(count);
    all.ne[1] = all.ne[2] = all.ne[3] = 1;
    all.nb[0] = sizeof(float);
    all.nb[1] = all.nb[2] = all.nb[3] = bytes;
    all.buffer = uploaded_.get();
    all.data = ggml_backend_buffer_get_base(uploaded_.get());
    ggml_backend_tensor_set(&all, values, 0, bytes);
}

bool DeviceRows::add(size_t slot, const ggml_tensor &node, size_t offset) {
    if (stream_ == nullptr) return false;
    Sum &sum = sums_[slot];
    if (sum.context == nullptr || !same_memory(sum.node, node) || sum.offset != offset) make(sum, node, offset);
    if (sum.graph == nullptr) return false;
    const ggml_status status = ggml_backend_graph_compute(stream_.get(), sum.graph); // and waits
    require(status == GGML_STATUS_SUCCESS, RWKV_MS_E_INTERNAL, ggml_backend_dev_name(device_),
            ": the deltas were not added: ", ggml_status_to_string(status));
    return true;
}

void DeviceRows::make(Sum &sum, const ggml_tensor &node, size_t offset) const {
    sum = {};
    const size_t bytes = kTensors * ggml_tensor_overhead() + ggml_graph_overhead_custom(kTensors, false);
    sum.context.reset(ggml_init({bytes, nullptr, /*no_alloc =*/true}));
    require(sum.context != nullptr, RWKV_MS_E_MEMORY, "ggml has no memory for a graph of ", kTensors, " tensors");
    sum.node = node;
    sum.offset = offset;
    const size_t alignment = ggml_backend_buffer_get_alignment(uploaded_.get());
    if (kAlignment * sizeof(float) % alignment != 0) return;
    ggml_context *const made = sum.context.get();
    ggml_tensor *const same = ggml_new_tensor_2d(made, GGML_TYPE_F32, node.ne[0], node.ne[1]);
    ggml_tensor *const delta = ggml_new_tensor_2d(made, GGML_TYPE_F32, node.ne[0], node.ne[1]);
    ggml_tensor *const added = ggml_add_inplace(made, same, delta);
    char *const base = static_cast<char *>(ggml_backend_buffer_get_base(uploaded_.get()));
    const bool placed =
        ggml_backend_tensor_alloc(TensorRows::buffer_of(node), same, node.data) == GGML_STATUS_SUCCESS &&
        ggml_backend_tensor_alloc(uploaded_.get(), delta, base + offset * sizeof(float)) == GGML_STATUS_SUCCESS &&
        ggml_backend_view_init(added) == GGML_STATUS_SUCCESS;
    if (!placed || !ggml_backend_dev_supports_op(device_, added)) return;
    ggml_cgraph *const graph = ggml_new_graph_custom(made, kTensors, false);
    ggml_build_forward_expand(graph, added);
    sum.graph = graph;
}

} // namespace rwkv_ms
