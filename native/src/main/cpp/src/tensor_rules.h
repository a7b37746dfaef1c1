// The tensors of a sidecar against its configuration, each check with its status code.
#pragma once

#include "gguf_file.h"
#include "json.h"
#include "settings.h"
#include "tensor_names.h"

namespace rwkv_ms {

// Every target layer has its attention outputs, and all its tensors in their ggml shapes; there are no others, and the
// counting keys agree. Gives the hidden size.
int64_t check_tensors(const GgufFile &file, const Config &config, const Json &attention);

// The manifest lists exactly the tensors of the file, each as it is, down to its payload's SHA-256.
void check_manifest(const GgufFile &file, const Json &manifest);

// No NaN, no infinity.
void check_payload(const GgufFile &file);

} // namespace rwkv_ms
