// The state payload, version 2: docs/state-format.md. The constants of the format are here and nowhere else.
#pragma once

#include <cstdint>
#include <vector>

#include "settings.h"
#include "sha256.h"

namespace rwkv_ms {

// What a layer carries from call to call.
struct LayerState {
    std::vector<float> state;  // S of math.md, [N, K, r, r]
    std::vector<float> source; // the last valid token's memory_source, [D]
    int64_t position = 0;
};

constexpr uint8_t kStateMagic[] = {'R', 'M', 'V', 'S'};
constexpr uint32_t kStateVersion = 2;

size_t payload_size(const Config &config);

// Writes payload_size bytes. RWKV_MS_E_STATE_STEP if the layers are at different positions.
void write_payload(const Config &config, const Hash &fingerprint, const std::vector<LayerState> &layers, uint8_t *out);

// Reads exactly size bytes and checks them in the order of the format's table; throws the first fault.
std::vector<LayerState> read_payload(const Config &config, const Hash &fingerprint, const uint8_t *data, size_t size);

} // namespace rwkv_ms
