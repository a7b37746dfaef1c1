// The settings of a sidecar that the math depends on, read and checked (sidecar.md). Each check has its status code.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "error.h"
#include "keys.h"
#include "rwkv_ms.h"

namespace rwkv_ms {

// What the format itself allows, as the Java validator has it.
constexpr int64_t kMaxWidth = 32768; // of the rank, and of D = heads * rank
constexpr size_t kMaxLayers = 1024;

// Beyond these a sidecar is sound but unsupported: they keep every size of this library far inside 64 bits.
constexpr int64_t kMaxRank = 1024;
constexpr int64_t kMaxHidden = int64_t{1} << 20;
constexpr int64_t kMaxStates = 65536;
constexpr int64_t kMaxStateValues = int64_t{1} << 28; // of one layer: 1 GiB in float32

struct Config {
    int64_t hidden_size = 0; // from the tensors
    int64_t rank = 0;
    int64_t num_state_heads = 1; // 1 wherever a sidecar has opened
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

// Output width of the deltas of a layer, in the order q, k, v, o; 0 where a head is inactive.
using DeltaWidths = std::array<int64_t, 4>;

// The first thing of a sidecar that this runtime does not honour. It is raised last: only a file without any other
// fault is called unsupported.
class Unsupported {
public:
    template <typename... Parts> void unless(bool supported, rwkv_ms_status status, const Parts &...parts) {
        if (!supported && !first_) first_ = error(status, parts...);
    }
    void raise() const {
        if (first_) throw Error(*first_);
    }

private:
    std::optional<Error> first_;
};

// Architecture, schema, format version and the other fixed texts; gives the base's SHA-256 (identity.cpp).
std::string check_identity(const GgufFile &file);

// Everything but hidden_size and base_sha256, after check_keys.
Config read_config(const GgufFile &file, const Documents &documents, Unsupported &unsupported);

// config_json and adapter_metadata_json say the same as the keys, where they say anything (contradictions.cpp).
void check_contradictions(const GgufFile &file, const Documents &documents);

// low <= value <= high; where names the value in the message.
void check_range(rwkv_ms_status status, const std::string &where, int64_t value, int64_t low, int64_t high);

// The bounds above that a configuration alone tells of, for read_config and rwkv_ms_scan; where names its source.
void check_limits(const Config &config, const std::string &where, Unsupported &unsupported);

// Inner width of the low-rank pairs, max(32, 32 * round(factor * sqrt(D) / 32)), halves to even (math.md §2).
int64_t low_rank_width(double factor, int64_t width);

} // namespace rwkv_ms
