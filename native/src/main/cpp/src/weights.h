// The weights of one target layer, arranged for what uses them, cast once: to float32 where ggml computes, which rounds
// the input of a BF16 product to BF16 and so loses three decimal digits, and to double for the rest.
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
#include "tiles.h"

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

// Of the features: biases of the gates, and math.md §2.
struct CoreWeights {
    std::vector<double> gate_bias;        // [G] or [2 G]
    std::vector<double> mix;              // [6, D]: the shift factors of r, k, v, w, a, g
    Tiles receptance, key, value, w1, w2, a1, a2, g1, g2;
    std::vector<double> w0, a0, k_k, k_a; // [D]
    int64_t low_width = 0;                // the widest of w1, a1, g1
};

struct LayerWeights {
    int64_t input_rows = 0;   // 3 D + the gates
    std::vector<double> input; // [rows, H]: mem_q, mem_k, mem_v, beta, lambda where free
    CoreWeights core;
    ggml_tensor *norm = nullptr;             // ggml shape [D]
    ggml_tensor *output = nullptr;           // [D, D]
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
