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

    // ggml's buffer type that the node is in.
    static const char *place(const ggml_tensor &tensor) {
        const ggml_backend_buffer_t buffer = buffer_of(tensor);
        return buffer != nullptr ? ggml_backend_buft_name(ggml_backend_buffer_get_type(buffer)) : "none";
    }

private:
    static ggml_backend_buffer_t buffer_of(const ggml_tensor &tensor) {
        return tensor.view_src != nullptr ? tensor.view_src->buffer : tensor.buffer;
    }

    bool copied_ = false;
    std::vector<float> copy_;
};

} // namespace rwkv_ms
