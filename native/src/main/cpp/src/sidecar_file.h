// A sidecar's file against everything that sidecar.md asks of it; nothing of ggml is needed.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gguf_file.h"
#include "settings.h"

namespace rwkv_ms {

// Whether a runtime takes sidecars of several state heads. The published loader and this suite's runtime do not.
enum class StateHeads { one, several };

// The configuration of a file without a fault; each fault has its status code. base may be empty. What a runtime does
// not support is reported last.
Config checked_config(const GgufFile &file, const std::string &base, StateHeads heads = StateHeads::one);

// Tensors by their name within a layer.
using NamedTensors = std::vector<std::pair<const char *, const GgufFile::Tensor *>>;

// Those of each layer, ascending as the target layers.
std::map<int32_t, NamedTensors> by_layer(const GgufFile &file);

} // namespace rwkv_ms
