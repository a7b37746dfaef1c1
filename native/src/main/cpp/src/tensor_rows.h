// The rows of a float32 node of llama.cpp's graph, in this process's memory.
#pragma once

#include <vector>

#include "ggml-backend.h"
#include "ggml.h"

namespace rwkv_ms {

class TensorRows {
public:
    // The values, valid until the next call: the node's own memory if the processor can reach it, else a copy.
    float *read(const ggml_tensor &tensor) {
        const ggml_backend_buffer_t buffer = buffer_of(tensor);
        if (buffer == nullptr || ggml_backend_buffer_is_host(buffer)) return static_cast<float *>(tensor.data);
        copy_.resize(static_cast<size_t>(ggml_nelements(&tensor)));
        ggml_backend_tensor_get(&tensor, copy_.data(), 0, ggml_nbytes(&tensor));
        return copy_.data();
    }
    // Takes back the changed values, unless they are the node's own memory.
    static void write(ggml_tensor &tensor, const float *values) {
        if (values != tensor.data) ggml_backend_tensor_set(&tensor, values, 0, ggml_nbytes(&tensor));
    }

    // ggml's buffer type that the node is in.
    static const char *place(const ggml_tensor &tensor) {
        const ggml_backend_buffer_t buffer = buffer_of(tensor);
        return buffer != nullptr ? ggml_backend_buft_name(ggml_backend_buffer_get_type(buffer)) : "none";
    }

    static ggml_backend_buffer_t buffer_of(const ggml_tensor &tensor) {
        return tensor.view_src != nullptr ? tensor.view_src->buffer : tensor.buffer;
    }

private:
    std::vector<float> copy_;
};

} // namespace rwkv_ms
