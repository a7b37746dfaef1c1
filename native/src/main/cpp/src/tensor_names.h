// The tensors of a layer with their names and shapes (sidecar.md, "Tensors").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rwkv_ms {

// Symbols of a PyTorch shape. The four outputs are the layer's attention widths.
enum class Dim { none, d, h, g, low_w, low_a, low_g, q_out, k_out, v_out, o_out };

struct TensorRule {
    const char *name;   // after "blk.<layer>.", as in "mem_q" or "rwkv.w1"
    const char *source; // after the source name's "self_attn."
    Dim rows, width;    // PyTorch [rows, width], or [rows] if width is none; ggml has them the other way round
    bool free_lambda() const { return std::string_view(name).substr(0, 6) == "lambda"; }
};

// All 33: 31 that every layer has, and two for a lambda that is not coupled.
const std::vector<TensorRule> &tensor_rules();

struct TensorRef {
    int32_t layer;
    const TensorRule *rule;
};

// The tensor that a name stands for; nullopt if the format has no such name. Layers are decimal without leading zeros.
std::optional<TensorRef> parse_tensor_name(std::string_view name);

std::string tensor_name(int32_t layer, const TensorRule &rule);
std::string source_name(int32_t layer, const TensorRule &rule);

} // namespace rwkv_ms
