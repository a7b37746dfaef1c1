// How the settings of a sidecar are read and checked (sidecar.md). Each check has its status code.
#pragma once

#include <optional>
#include <string>

#include "error.h"
#include "keys.h"
#include "settings.h"

namespace rwkv_ms {

// Beyond these a sidecar is sound but unsupported: they keep every size of this library far inside 64 bits.
constexpr int64_t kMaxRank = 1024;
constexpr int64_t kMaxHidden = int64_t{1} << 20;
constexpr int64_t kMaxStates = 65536;
constexpr int64_t kMaxStateValues = int64_t{1} << 28; // of one layer: 1 GiB in float32

// The first thing of a sidecar that a runtime does not honour. It is raised last: only a file without any other fault
// is called unsupported.
class Unsupported {
public:
    // supported: what the runtime does honour; RWKV_MS_OK for nothing.
    explicit Unsupported(rwkv_ms_status supported = RWKV_MS_OK) : supported_(supported) {}
    template <typename... Parts> void unless(bool supported, rwkv_ms_status status, const Parts &...parts) {
        if (!supported && status != supported_ && !first_) first_ = error(status, parts...);
    }
    void raise() const {
        if (first_) throw Error(*first_);
    }

private:
    rwkv_ms_status supported_;
    std::optional<Error> first_;
};

// Architecture, schema, format version and the other fixed texts; gives the base's SHA-256 (identity.cpp).
std::string check_identity(const GgufFile &file);

// Everything but hidden_size and base_sha256, after check_keys.
Config read_config(const GgufFile &file, const Documents &documents, Unsupported &unsupported);

// What config_json and adapter_metadata_json contain must equal the keys (contradictions.cpp).
void check_contradictions(const GgufFile &file, const Documents &documents);

// low <= value <= high; the message begins with where.
void check_range(rwkv_ms_status status, const std::string &where, int64_t value, int64_t low, int64_t high);

// The bounds above that need only a configuration, for read_config and rwkv_ms_scan; a message begins with where.
void check_limits(const Config &config, const std::string &where, Unsupported &unsupported);

// Inner width of the low-rank pairs, max(32, 32 * round(factor * sqrt(D) / 32)), halves to even (math.md §2).
int64_t low_rank_width(double factor, int64_t width);

} // namespace rwkv_ms
