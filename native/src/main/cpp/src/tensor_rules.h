// The tensors of a sidecar against its configuration, each check with its status code.
#pragma once

#include "gguf_file.h"
#include "json.h"
#include "settings.h"
#include "tensor_names.h"

namespace rwkv_ms {

// Every target layer must have its attention outputs and all its tensors in their ggml shapes; there must be no others,
// and the counting keys must agree. Returns the hidden size.
int64_t check_tensors(const GgufFile &file, const Config &config, const Json &attention);

// The manifest must list exactly the tensors of the file, each with its shape, type and SHA-256.
void check_manifest(const GgufFile &file, const Json &manifest);

// No NaN, no infinity.
void check_payload(const GgufFile &file);

} // namespace rwkv_ms
