// The base model's file that a sidecar is opened with.
#pragma once

#include <string>

#include "settings.h"

namespace rwkv_ms {

// The base must have the SHA-256 that the sidecar names, and the target layers: below its block_count and not among its
// last attention.shared_kv_layers, which have no attention projections of their own. A base whose file does not name its
// number of layers passes.
void check_base(const std::string &base, const Config &config, const std::string &sidecar);

} // namespace rwkv_ms
