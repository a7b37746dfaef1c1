// The fingerprint that binds a saved state to its sidecar and base: docs/state-format.md, "Fingerprint".
#pragma once

#include "gguf_file.h"
#include "settings.h"
#include "sha256.h"

namespace rwkv_ms {

Hash fingerprint(const Config &config, const GgufFile &file);

} // namespace rwkv_ms
