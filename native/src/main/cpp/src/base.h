// The base model's file that a sidecar is opened with.
#pragma once

#include <string>

#include "settings.h"

namespace rwkv_ms {

// It has the SHA-256 that the sidecar names, and offers the target layers: they are below its block_count and not among
// its last attention.shared_kv_layers, which have no attention projections of their own. A base that does not tell its
// layers is let be.
void check_base(const std::string &base, const Config &config, const std::string &sidecar);

} // namespace rwkv_ms
