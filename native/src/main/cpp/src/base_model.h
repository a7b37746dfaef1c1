// Whether a base model fits a sidecar: the loaded model, and the file it was loaded from.
#pragma once

#include <string>

#include "library.h"
#include "llama_api.h"

namespace rwkv_ms {

// Architecture, hidden size and target layers. RWKV_MS_E_HOST_ARCHITECTURE, _HIDDEN_SIZE, _LAYERS.
void check_model(const LlamaApi &api, const llama_model *model, const Config &config);

// SHA-256, and the projections that the active heads correct. RWKV_MS_E_BASE_SHA256_DIFFERS, RWKV_MS_E_HOST_WIDTH.
void check_base_file(const std::string &path, const Description &sidecar);

} // namespace rwkv_ms
