// The weights of one target layer in float32, arranged for the graphs of graphs.h. ggml rounds the input of a BF16
// product to BF16, which costs three decimal digits: hence float32, cast once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ggml-backend.h"
#include "ggml.h"
#include "settings.h"

namespace rwkv_ms {

struct GgmlFree {
    void operator()(ggml_context *context) const { ggml_free(context); }
    void operator()(ggml_backend_buffer *buffer) const { ggml_backend_buffer_free(buffer); }
};
using GgmlContext = std::unique_ptr<ggml_context, GgmlFree>;
using GgmlBuffer = std::unique_ptr<ggml_backend_buffer, GgmlFree>;

// A float32 tensor as the sidecar names it, rows of `width` values.
struct Matrix {
    int64_t width = 0; // ne[0], PyTorch's last dimension
    int64_t rows = 0;  // ne[1]
    std::vector<float> values;
};

// The tensors of one layer by their name without "blk.<layer>."
using LayerTensors = std::map<std::string, Matrix>;

// ggml shapes (innermost first). D is the rank, L the wider of the two low-rank widths; narrower ones are filled up
// with zeros.
struct LayerWeights {
    int64_t input_rows = 0;       // rows of input that are in use: 3 D + the gates
    ggml_tensor *input = nullptr; // [H, rows]: mem_q, mem_k, mem_v, beta, lambda where free; rows filled up with zeros
    ggml_tensor *gate_bias = nullptr;   // [G] or [2 G]
    ggml_tensor *mix = nullptr;         // [D, 1, 6]: the shift factors of r, k, v, w, a, g
    ggml_tensor *projections = nullptr; // [D, D, 3]: receptance, key, value
    ggml_tensor *low_in = nullptr;      // [D, L, 3]: w1, a1, g1, transposed
    ggml_tensor *low_out = nullptr;     // [L, D, 3]: w2, a2, g2, transposed
    ggml_tensor *w0 = nullptr, *a0 = nullptr, *k_k = nullptr, *k_a = nullptr, *norm = nullptr; // [D]
    ggml_tensor *output = nullptr;                                                             // [D, D]
    std::array<ggml_tensor *, 4> delta = {}; // [width, D]: q, k, v, o, transposed; nullptr for inactive heads
    DeltaWidths widths = {};

private:
    friend class WeightsLoader;
    GgmlContext context_;
    GgmlBuffer buffer_;
};

// Takes the tensors of a layer, whose shapes have been checked, to where the graphs need them.
LayerWeights arrange_weights(const Config &config, const LayerTensors &tensors, ggml_backend_buffer_type_t memory);

} // namespace rwkv_ms
