// The settings of a sidecar that the math depends on, read and checked (sidecar.md). Each check has its status code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gguf_file.h"
#include "rwkv_ms.h"

namespace rwkv_ms {

// Bounds that keep every size of this library far inside 64 bits, and the memory a header alone can ask for small.
constexpr int64_t kMaxRank = 1024;
constexpr int64_t kMaxHidden = int64_t{1} << 20;
constexpr int64_t kMaxStates = 65536;
constexpr int64_t kMaxStateValues = int64_t{1} << 28; // of one layer: 1 GiB in float32
constexpr int64_t kMaxLayer = 65535;

struct Config {
    int64_t hidden_size = 0; // from the tensors
    int64_t rank = 0;        // with one state head also D of math.md
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

    int64_t gates() const { return rankwise_gates ? rank : 1; } // G of math.md
    int64_t state_values() const { return num_states * rank * rank; }
};

// Everything but hidden_size, from the keys of a sidecar.
Config read_config(const GgufFile &file);

// What read_config and rwkv_ms_scan both ask of the numbers; where names the source in messages.
void check_numbers(const Config &config, const std::string &where);

// Inner width of the low-rank pairs, max(32, 32 * round(factor * sqrt(D) / 32)), halves to even (math.md §2).
int64_t low_rank_width(double factor, int64_t width);

} // namespace rwkv_ms
