// The settings of a sidecar that the math depends on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rwkv_ms.h"

namespace rwkv_ms {

// What the format itself allows, as the Java validator has it.
constexpr int64_t kMaxWidth = 32768; // of the rank, and of D = heads * rank
constexpr size_t kMaxLayers = 1024;

struct Config {
    int64_t hidden_size = 0; // from the tensors
    int64_t rank = 0;
    int64_t num_state_heads = 1; // above 1 only in a library that takes such sidecars
    int64_t num_states = 0;
    int64_t chunk_size = 0;
    double alpha = 0;
    double erase_gate = 1;
    int64_t read_top_k = 0;
    int semantics_version = 1;
    int update_mode = RWKV_MS_MODE_STANDARD;
    int delta_heads = 0; // RWKV_MS_HEAD_* or-ed
    bool normalize_qk = true;
    bool couple_lambda = true;
    bool rankwise_gates = true;
    std::vector<int32_t> layers;
    std::string base_sha256;

    int64_t width() const { return num_state_heads * rank; }                     // D of math.md
    int64_t gates() const { return rankwise_gates ? width() : num_state_heads; } // G of math.md
    int64_t state_values() const { return num_states * width() * rank; }
};

// Output width of the deltas of a layer, in the order q, k, v, o; 0 for an inactive head.
using DeltaWidths = std::array<int64_t, 4>;

// The places of that order.
constexpr std::array<size_t, 4> kEachHead = {0, 1, 2, 3};

} // namespace rwkv_ms
