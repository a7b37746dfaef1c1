// What ggml's own GGUF reader makes of a file that gguf_file.h has read.
#pragma once

#include "gguf_file.h"

namespace rwkv_ms {

// RWKV_MS_E_GGUF if ggml refuses the file, or finds other keys or tensors.
void check_opinion_of_ggml(const GgufFile &file);

} // namespace rwkv_ms
