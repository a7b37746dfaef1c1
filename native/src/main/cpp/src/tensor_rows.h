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
        const ggml_backend_buffer_t buffer = tensor.view_src != nullptr ? tensor.view_src->buffer : tensor.buffer;
        copied_ = buffer != nullptr && !ggml_backend_buffer_is_host(buffer);
        if (!copied_) return static_cast<float *>(tensor.data);
        copy_.resize(static_cast<size_t>(ggml_nelements(&tensor)));
        ggml_backend_tensor_get(&tensor, copy_.data(), 0, ggml_nbytes(&tensor));
        return copy_.data();
    }
    // Takes back what was changed of the values that read gave.
    void write(ggml_tensor &tensor) const {
        if (copied_) ggml_backend_tensor_set(&tensor, copy_.data(), 0, ggml_nbytes(&tensor));
    }

private:
    bool copied_ = false;
    std::vector<float> copy_;
};

} // namespace rwkv_ms
