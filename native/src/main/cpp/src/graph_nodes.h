// Which nodes of llama.cpp's graph matter to the hook: llama-cpp.md, "Hooking into an unmodified build".
#pragma once

#include <cstdint>

#include "ggml.h"

namespace rwkv_ms {

struct GraphNode {
    enum class Kind {
        other,
        input,      // attn_norm-L: hidden states entering attention
        projection, // Qcur-L, Kcur-L, Vcur-L where they are products, and the product with blk.L.attn_output.weight
        end         // result_norm: all layers are done
    };
    Kind kind = Kind::other;
    int32_t layer = 0; // of input and projection
    size_t head = 0;   // of projection: q, k, v, o
};

// Asked for every node of every graph: no allocation, and one comparison for most.
GraphNode classify(const ggml_tensor &node);

} // namespace rwkv_ms
